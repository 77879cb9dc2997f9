import { AppError } from '@sortie/core/errors';
import type { RunnerIdentity } from '@sortie/core/runner';
import type { Db, Tx } from './db.ts';
import { lockRegistry, upsertRunners } from './runners.ts';

/** So many runners, seen lately or not, the registry keeps of one token; the shared secret stands for many machines. */
export const RUNNERS_OF_TOKEN = 100;
export const RUNNERS_OF_SECRET = 1000;

/** With what a runner registers. Times are unix seconds. */
export interface Registrar {
  /** 0 for the shared secret. */
  readonly tokenId: number;
  readonly now: number;
  /** Who was seen since then is not forgotten. */
  readonly seenSince: number;
}

/**
 * Like `upsertRunner`, but a name that is new with this token takes the place of runners of the same token that have
 * been away for longest, where there would be too many. Throws `runner-limit` when none of them may be forgotten.
 */
export function registerRunner(tx: Tx, runner: RunnerIdentity, registrar: Registrar): Promise<void> {
  return registerRunners(tx, [runner], registrar);
}

/** `registerRunner` for several, of which none takes the place of another one. */
export async function registerRunners(
  tx: Tx,
  runners: readonly RunnerIdentity[],
  registrar: Registrar,
): Promise<void> {
  const { now, tokenId } = registrar;
  const names = runners.map(({ name }) => name);
  if ((await listKnown(tx, names, tokenId)).length < names.length) await makeRoom(tx, names, registrar);
  await upsertRunners(tx, runners, now, registrarOf(tokenId));
}

/** Those for which no room need be made: of this token, of none, or written down by an administrator. */
async function listKnown(
  tx: Tx,
  names: readonly string[],
  tokenId: number,
): Promise<readonly { readonly name: string }[]> {
  return await tx
    .selectFrom('runners')
    .select('name')
    .where('name', 'in', names)
    .where((eb) => eb.or([eb('registrar', 'in', ['', registrarOf(tokenId)]), eb('details', '!=', '')]))
    .execute();
}

const TOKEN = 'token:';

/** The ids of the tokens that runners have registered with, by name of the runner; without those that had none. */
export async function listTokensOfRunners(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('runners')
    .select(['name', 'registrar'])
    .where('registrar', 'like', `${TOKEN}%`)
    .execute();
  return new Map(rows.map(({ name, registrar }) => [name, Number(registrar.slice(TOKEN.length))]));
}

function registrarOf(tokenId: number): string {
  return tokenId === 0 ? 'secret' : `${TOKEN}${tokenId}`;
}

/** Before any row is locked: who makes room waits for rows, and whoever has them must not wait for who makes room. */
async function makeRoom(tx: Tx, names: readonly string[], { tokenId, seenSince }: Registrar): Promise<void> {
  // Two that register at once would each find the last place free.
  await lockRegistry(tx);
  const fresh = names.length - (await listKnown(tx, names, tokenId)).length;
  if (fresh === 0) return;
  const registrar = registrarOf(tokenId);
  const most = tokenId === 0 ? RUNNERS_OF_SECRET : RUNNERS_OF_TOKEN;
  const { count } = await tx
    .selectFrom('runners')
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .where('registrar', '=', registrar)
    // Nodes that an administrator has written down: nobody but them makes more of these.
    .where('details', '=', '')
    .executeTakeFirstOrThrow();
  const excess = Number(count) + fresh - most;
  if (excess <= 0) return;
  const gone = await tx
    .deleteFrom('runners')
    .where('name', 'in', (eb) =>
      eb
        .selectFrom('runners as old')
        .select('old.name')
        .where('old.registrar', '=', registrar)
        .where('old.name', 'not in', names)
        .where('old.last_contact', '<', seenSince)
        // What an administrator has decided about a runner is not forgotten.
        .where('old.is_paused', '=', 0)
        .where('old.is_protected', '=', 0)
        .where('old.details', '=', '')
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(selectFrom('stages').select('stages.id').whereRef('stages.lease_runner', '=', 'old.name')),
          ),
        )
        .orderBy('old.last_contact')
        .limit(excess),
    )
    .executeTakeFirst();
  if (Number(gone.numDeletedRows) < excess) throw tooMany(tokenId, most);
}

function tooMany(tokenId: number, most: number): AppError {
  const what = tokenId === 0 ? 'The shared secret' : 'The token';
  return new AppError('runner-limit', `${what} has ${most} runners already, and none of them is lost.`, {
    hint: 'Give each runner the same name at each start, remove nodes that are not needed, or use another token.',
  });
}
