import type { getBuild } from '@sortie/contract/build-routes';
import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import { isDone } from '@sortie/core/status';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../auth/identify.ts';
import { createBuildWaiters } from '../events/build-waiters.ts';
import type { EventHub } from '../events/hub.ts';
import { findBuildById } from '../store/builds.ts';
import type { Db } from '../store/db.ts';
import { type ViewDeps, viewBuildFor } from './build-view.ts';
import { sendTagged } from './etag.ts';
import { accountOf } from './fingerprint.ts';
import { type Call, notFound } from './mount.ts';
import { toJsonText } from './send-json.ts';

/** Longer waits would meet the time limits of proxies; clients simply ask again. */
const MAX_WAIT_SECONDS = 300;

/** What a request waits for. */
export interface Wish {
  readonly timeoutMs: number;
  readonly isReached: (build: Build) => boolean;
}

/** Reads `wait` and `until`; `undefined` when the answer is wanted at once. Throws `invalid-request`. */
export function readWish(query: { readonly wait?: string; readonly until?: string }): Wish | undefined {
  if (query.wait === undefined) return undefined;
  if (!/^\d{1,3}$/.test(query.wait) || Number(query.wait) > MAX_WAIT_SECONDS) {
    throw new AppError(
      'invalid-request',
      'The query parameter wait is no number of seconds that can be waited.',
      {
        hint: `Give a whole number from 0 to ${MAX_WAIT_SECONDS}, and ask again when that time is over.`,
      },
    );
  }
  return { timeoutMs: Number(query.wait) * 1000, isReached: readUntil(query.until ?? 'finished') };
}

function readUntil(until: string): (build: Build) => boolean {
  if (until === 'finished') return ({ status }) => isDone(status);
  if (until === 'running')
    return ({ status, started }) => started > 0 || status === 'running' || isDone(status);
  if (/^\d{1,15}$/.test(until)) return ({ sequence }) => sequence > Number(until);
  throw new AppError('invalid-request', 'The query parameter until names nothing that can be waited for.', {
    hint: 'Give finished, running, or the sequence number of the build that you have seen.',
  });
}

export interface AwaitBuildDeps extends ViewDeps {
  readonly events: EventHub;
  /** Aborts when the server stops. */
  readonly closing: AbortSignal;
}

/** The state of a build after a change, loaded once for all who wait for it. */
interface View {
  readonly build: Build;
  /** The answers, by who asks: `waiting_for` tells each what they may know. */
  readonly texts: Map<string, Promise<string>>;
}

type AwaitBuild = (
  call: Pick<Call<typeof getBuild>, 'admission' | 'readmit' | 'request' | 'reply'>,
  build: Build,
  wish: Wish,
) => Promise<FastifyReply>;

/**
 * Answers with the build once the wish is fulfilled, its time is over or the server stops; `X-Wait` says whether it
 * is fulfilled. Rights are checked again after the wait: they may be gone.
 */
export function createAwaitBuild(deps: AwaitBuildDeps): AwaitBuild {
  const waiters = createBuildWaiters<View>({ ...deps, load: (id) => loadView(deps.db, id) });
  return async ({ admission, readmit, request, reply }, build, wish) => {
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const { view, isReached } = await waiters.wait(build.id, {
      timeoutMs: wish.timeoutMs,
      isReached: (seen) => wish.isReached(seen.build),
      signal: AbortSignal.any([gone.signal, deps.closing]),
    });
    // Nobody reads the answer any more.
    if (gone.signal.aborted) return reply.hijack();
    if (view === undefined) throw notFound('build any more');
    const { caller } = wish.timeoutMs === 0 ? admission : await readmit();
    reply.header('x-wait', isReached ? 'satisfied' : 'timeout');
    return sendTagged(request, reply, await textFor(deps, reply, view, caller));
  };
}

async function loadView(db: Db, id: number): Promise<View | undefined> {
  const build = await findBuildById(db, id);
  return build && { build, texts: new Map() };
}

function textFor(
  deps: ViewDeps,
  reply: FastifyReply,
  { build, texts }: View,
  caller: Caller,
): Promise<string> {
  const audience = accountOf(caller) ?? '';
  const known = texts.get(audience);
  if (known !== undefined) return known;
  const made = viewBuildFor(deps, caller, build).then((wire) => toJsonText(reply, wire));
  texts.set(audience, made);
  return made;
}
