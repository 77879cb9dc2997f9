import { PassThrough } from 'node:stream';
import { AppError } from '@sortie/core/errors';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import { type CommandSection, peekObjectCount, readCommandSection } from './command-section.ts';
import { type GitAnswer, type GitRequest, openBody } from './exchange.ts';
import { type Feed, startFeed } from './feed.ts';
import type { GitProcess } from './git-process.ts';
import type { GitAccount, HostContext, HostedRepo } from './host-deps.ts';
import { createObjectSession, type ObjectSession } from './object-session.ts';
import { type PushInRepo, settlePush } from './push-settlement.ts';
import { readRefs, ZERO_ID } from './refs.ts';
import { quotaError, RECEIVE_HEADERS, refusePush } from './refusal.ts';
import { BROKEN_REPORT, finishAnswer, relayReport } from './report.ts';
import { initRepo } from './storage.ts';

const MAX_PUSH_OPTIONS = 64;

interface IncomingPush<A extends GitAccount> {
  readonly request: GitRequest;
  readonly account: A;
  /** Finds or makes the repository; not called for the probe that git sends before a large body. */
  findRepo(): Promise<HostedRepo>;
}

/**
 * Answers a push (scm.md 7.3): commands first, then under the lock of the repository git takes the pack, the refs
 * are compared, `onPush` is told, and its lines end the answer. Refusals after the commands have been read are
 * told in the form of git; those before throw.
 */
export async function receivePack<A extends GitAccount>(
  context: HostContext<A>,
  incoming: IncomingPush<A>,
): Promise<GitAnswer> {
  const { limits } = context;
  const reader = createByteReader(openBody(incoming.request));
  const section = await readCommandSection(reader, { commands: limits.refs, options: MAX_PUSH_OPTIONS });
  if (section.commands.length === 0) return { status: 200, headers: RECEIVE_HEADERS, body: '' };
  try {
    await checkObjectCount(section, reader, limits.objects);
    return await startPush(context, incoming, { section, reader, repo: await incoming.findRepo() });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    discard(incoming.request, reader, limits.discardBytes);
    return refusePush(section, error);
  }
}

async function startPush<A extends GitAccount>(
  context: HostContext<A>,
  incoming: IncomingPush<A>,
  parts: { section: CommandSection; reader: ByteReader; repo: HostedRepo },
): Promise<GitAnswer> {
  const { request, account } = incoming;
  const leave = await context.locks.enter(parts.repo.uid, request.signal);
  try {
    const push = await openPush(context, account, parts);
    const child = await context.pool.start('transfer', ['receive-pack', '--stateless-rpc', push.dir], {
      signal: request.signal,
      maxInputBytes: push.budgetBytes,
    });
    const answer = new PassThrough();
    const feed = startFeed(
      child.stdin,
      parts.reader,
      parts.section.raw,
      push.budgetBytes + context.limits.discardBytes,
    );
    watchClient({ child, feed, answer, request, session: push.session });
    context.track(runPush(context, push, { child, feed, answer }).finally(leave));
    return { status: 200, headers: RECEIVE_HEADERS, body: answer };
  } catch (error) {
    leave();
    throw error;
  }
}

/** Makes the storage if it is missing, and looks at what the push starts from. Throws `repo-quota` and others. */
async function openPush<A extends GitAccount>(
  context: HostContext<A>,
  account: A,
  parts: { section: CommandSection; repo: HostedRepo },
): Promise<PushInRepo<A>> {
  const { limits, pool, deps, usage } = context;
  const { section, repo } = parts;
  const dir = await initRepo({ root: deps.root, pool }, repo.uid);
  const { sizeBytes, refs } = await usage.find(dir);
  const quotaBytes = repo.quotaBytes ?? limits.repoBytes;
  const budgetBytes = Math.max(quotaBytes - sizeBytes, 0);
  const created = section.commands.filter((command) => command.before === ZERO_ID).length;
  if (budgetBytes === 0 && !isDeletion(section)) throw quotaError(quotaBytes);
  if (created > 0 && refs + created > limits.refs) {
    throw new AppError('invalid-request', `A repository can have at most ${limits.refs} branches and tags.`, {
      hint: 'Delete old ones first (git push --delete).',
    });
  }
  const before = await readRefs(
    dir,
    section.commands.map((command) => command.ref),
  );
  const session = createObjectSession({ pool, dir });
  return { repo, account, dir, section, before, quotaBytes, budgetBytes, session };
}

/** A client that goes away ends git; one that sends without end is cut off. */
function watchClient(parts: {
  child: GitProcess;
  feed: Feed;
  answer: PassThrough;
  request: GitRequest;
  session: ObjectSession;
}): void {
  const { child, feed, answer, request, session } = parts;
  // A client that has gone is met in `close`, whatever error its stream was destroyed with.
  answer.on('error', () => undefined);
  answer.once('close', () => {
    if (!answer.writableFinished) child.stop('aborted');
  });
  feed.done.then(
    (outcome) => {
      if (outcome === 'too-large') request.body.destroy();
      // While git works on the pack, the reader that is needed next gets ready.
      else session.warm();
    },
    () => child.stop('aborted'),
  );
}

async function runPush<A extends GitAccount>(
  context: HostContext<A>,
  push: PushInRepo<A>,
  parts: { child: GitProcess; feed: Feed; answer: PassThrough },
): Promise<void> {
  const { child, feed, answer } = parts;
  const hasSideBand = push.section.capabilities.has('side-band-64k');
  // Output that breaks off belongs to a child that has been ended; `ended` says why.
  const report = await relayReport(child.stdout, answer, hasSideBand).catch(() => BROKEN_REPORT);
  const end = await child.ended;
  const outcome = { report, end, takenBytes: feed.takenBytes };
  const lines = await settlePush(context, push, outcome).catch((error: unknown) => {
    context.deps.log('error', 'push could not be settled', { repoId: push.repo.id, error });
    return ['error: The push could not be followed up; the log of the server has the cause.'];
  });
  finishAnswer(answer, { report, lines, hasSideBand });
  await push.session.close();
}

function isDeletion(section: CommandSection): boolean {
  return section.commands.every((command) => command.after === ZERO_ID);
}

/** scm.md 7.7: a pack with very many objects keeps the server busy whatever its size. */
async function checkObjectCount(section: CommandSection, reader: ByteReader, limit: number): Promise<void> {
  if (isDeletion(section)) return;
  const count = (await peekObjectCount(reader)) ?? 0;
  if (count <= limit) return;
  throw new AppError('push-rejected', `The push holds ${count} objects, more than ${limit}.`, {
    hint: 'Push in smaller parts, for example branch by branch.',
  });
}

/** Reads on for a while, because a client that still sends does not look at the answer. */
function discard(request: GitRequest, reader: ByteReader, maxBytes: number): void {
  async function run(): Promise<void> {
    let size = 0;
    for (let chunk = await reader.next(); chunk !== undefined; chunk = await reader.next()) {
      size += chunk.length;
      if (size > maxBytes) request.body.destroy();
    }
  }
  // The only error is that the client has gone, which ends the reading as well.
  run().catch(() => undefined);
}
