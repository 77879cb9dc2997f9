import { setImmediate as letOthers } from 'node:timers/promises';
import type { Connection } from '@sortie/core/connection';
import { AppError, explainError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import type { Db } from '../store/db.ts';
import { CLAIM_SECONDS, endSync, findSyncSuspicion, markSyncing, noteSyncSeen } from '../store/sync-state.ts';
import type { ForgeOf } from './forge.ts';
import { lookForMissing } from './look-for-missing.ts';
import { storeListing } from './store-listing.ts';
import { storeOwnListing } from './store-own-listing.ts';
import { CONFIRM_SECONDS, type Doubt, type Doubts, parseDoubts, printDoubts } from './sync-doubt.ts';
import { isWanted, NO_RULES, type SyncRules } from './sync-rules.ts';
import { connectionsOf } from './user-connections.ts';
import { noteSiteAdmin } from './warn-site-admin.ts';

export interface RepoSyncDeps {
  readonly db: Db;
  readonly forgeOf: ForgeOf;
  /** Unix seconds. */
  readonly now: () => number;
  /** Everything is taken over as it is unless given. */
  readonly rules?: SyncRules;
  /** Tells the log of what administrators should know. */
  readonly reportFailure: (message: string, error: unknown) => void;
  /** Awaited between the portions of a long list; lets others have their turn unless given. */
  readonly pause?: () => Promise<unknown>;
}

/** Brings the repositories of accounts in step with their Git services, one run at a time for each account. */
export interface RepoSync {
  /** Resolves when it is done, also when somebody else has begun it. Throws what the Git service throws. */
  run(user: User): Promise<void>;
  /** Resolves as soon as `syncing` of the account is true; `done` is what `run` returns. */
  start(user: User): Promise<{ readonly done: Promise<void> }>;
}

/** A failed synchronisation is repeated after this at the latest (scm.md 5.2). */
const RETRY_SECONDS = 600;

/**
 * Synchronisation of repositories (scm.md 5.2, api-v1.md 3.1). `syncing` of the account is true meanwhile, `synced` is set
 * only when everything went well, and `sync_error` says why it did not.
 */
export function createRepoSync(deps: RepoSyncDeps): RepoSync {
  const running = new Map<number, { readonly begun: Promise<void>; readonly done: Promise<void> }>();
  const begin = (user: User) => {
    const known = running.get(user.id);
    if (known !== undefined) return known;
    const begun = markSyncing(deps.db, user.id, deps.now() + CLAIM_SECONDS);
    const done = begun.then(() => syncAccount(deps, user)).finally(() => running.delete(user.id));
    // Whoever began it may only wait for the beginning.
    done.catch(() => undefined);
    const run = { begun, done };
    running.set(user.id, run);
    return run;
  };
  return {
    run: (user) => begin(user).done,
    async start(user) {
      const { begun, done } = begin(user);
      await begun;
      return { done };
    },
  };
}

async function syncAccount(deps: RepoSyncDeps, user: User): Promise<void> {
  const { db, now } = deps;
  const failures: unknown[] = [];
  const doubts: Record<string, Doubt> = {};
  const progress = createProgress(deps, user);
  try {
    const earlier = parseDoubts(await findSyncSuspicion(db, user.id));
    for (const connection of await connectionsOf(db, user)) {
      try {
        const known = { ...earlier, ...doubts };
        const doubt = await syncConnection(deps, { user, connection, earlier: known, progress });
        if (doubt !== undefined) doubts[connection.id] = doubt;
      } catch (error) {
        failures.push(error);
        // Where it broke off in the middle of a list, that is doubted already.
        const kept = parseDoubts(await findSyncSuspicion(db, user.id))[connection.id];
        if (kept !== undefined) doubts[connection.id] = kept;
      }
    }
  } catch (error) {
    failures.push(error);
  }
  await endSync(db, user.id, outcomeOf(failures, doubts, now()));
  if (failures.length > 0) throw failures[0];
}

function outcomeOf(failures: readonly unknown[], doubts: Doubts, now: number) {
  const suspicion = printDoubts(doubts);
  if (failures.length > 0) {
    const error = [...new Set(failures.map(sentenceOf))].join(' ');
    return { error, due: now + RETRY_SECONDS, suspicion };
  }
  if (suspicion === '') return { synced: now, error: '', due: 0, suspicion };
  const error =
    'The Git service shows less than half of the repositories that it has shown before. Nothing is taken away until it says the same again, a minute later.';
  return { error, due: now + CONFIRM_SECONDS, suspicion };
}

function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return explainError(error);
  return 'The synchronisation failed; the log of the server says why.';
}

/** Told how many repositories a service has shown so far; writes the sum of all once a second at most. */
interface Progress {
  onSeen(count: number): Promise<void>;
  /** The next service begins to count. */
  next(): void;
}

function createProgress({ db, now }: RepoSyncDeps, user: User): Progress {
  let written = now();
  let [earlier, current] = [0, 0];
  return {
    async onSeen(count) {
      current = count;
      const second = now();
      if (second === written) return;
      written = second;
      await noteSyncSeen(db, user.id, earlier + current);
    },
    next() {
      [earlier, current] = [earlier + current, 0];
    },
  };
}

interface OneSync {
  readonly user: User;
  readonly connection: Connection;
  readonly earlier: Doubts;
  readonly progress: Progress;
}

async function syncConnection(deps: RepoSyncDeps, sync: OneSync): Promise<Doubt | undefined> {
  const { db, now, rules = NO_RULES, pause = letOthers } = deps;
  const { user, connection } = sync;
  const connectionId = connection.id;
  const forge = deps.forgeOf(connectionId);
  // A long list takes minutes: what it says of rights is as old as its first page.
  const asked = now();
  const shown = await forge.listRepos(user, sync.progress.onSeen);
  sync.progress.next();
  const found = unique(shown.filter((one) => forge.isAuthoritative || isWanted(rules, one)));
  const listing = {
    user,
    connectionId,
    found,
    rules,
    earlier: sync.earlier,
    now,
    asked,
  };
  if (forge.isAuthoritative) {
    await storeOwnListing(db, listing, pause);
    return undefined;
  }
  const { doubt, retired } = await storeListing(db, listing, pause);
  for (const { slug, uid } of retired) {
    const message = `${slug} has been switched off: another repository has taken the name that it had`;
    deps.reportFailure(
      message,
      new Error(`the Git service does not show the repository ${uid} there any more`),
    );
  }
  const rest = { user, connection, forge, shown: new Set(shown.map(({ uid }) => uid)) };
  await lookForMissing(deps, rest);
  await noteSiteAdmin(deps, rest);
  return doubt;
}

/** A list that moved while it was read page by page may show one twice. */
function unique<T extends { readonly uid: string }>(found: readonly T[]): readonly T[] {
  return [...new Map(found.map((one) => [one.uid, one])).values()];
}
