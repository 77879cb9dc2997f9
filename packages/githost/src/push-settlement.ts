import { AppError } from '@sortie/core/errors';
import { diffRefs, summarizeChanges } from './changes.ts';
import type { CommandSection } from './command-section.ts';
import type { GitEnd } from './git-process.ts';
import type { GitAccount, HostContext, HostedRepo } from './host-deps.ts';
import { removeLeftovers } from './leftovers.ts';
import type { ObjectSession } from './object-session.ts';
import { parsePushOptions } from './push-options.ts';
import { type RefMap, readHead, readRefs, ZERO_ID } from './refs.ts';
import { errorLines } from './refusal.ts';
import { explainFailure, type Report } from './report.ts';

/** A push whose repository is locked and whose pack git is about to take. */
export interface PushInRepo<A extends GitAccount> {
  readonly repo: HostedRepo;
  readonly account: A;
  readonly dir: string;
  readonly section: CommandSection;
  /** The named refs before the push. */
  readonly before: RefMap;
  readonly quotaBytes: number;
  /** What the quota leaves for this push. */
  readonly budgetBytes: number;
  /** Opened when the pack has been read, and closed after the push has been announced. */
  readonly session: ObjectSession;
}

export interface PushOutcome {
  readonly report: Report;
  readonly end: GitEnd;
  readonly takenBytes: number;
}

const MAIN = 'refs/heads/main';

/**
 * What follows after git has ended, however it ended: the refs decide what has happened. Returns the lines for
 * the terminal of the pusher.
 */
export async function settlePush<A extends GitAccount>(
  context: HostContext<A>,
  push: PushInRepo<A>,
  outcome: PushOutcome,
): Promise<readonly string[]> {
  const isClean = outcome.end.code === 0 && outcome.end.reason === undefined;
  if (!isClean) await removeLeftovers(push.dir);
  const after = await readRefs(
    push.dir,
    push.section.commands.map((command) => command.ref),
  );
  const moves = diffRefs(push.before, after);
  countUsage(context, push, { after, outcome });
  logPush(context, push, { outcome, movedRefs: moves.length });
  const failure = isClean && outcome.report.unpack === 'ok' ? undefined : explain(push, outcome);
  const failed = failure === undefined ? [] : errorLines(failure);
  if (moves.length === 0) return failed;
  return [...(await announce(context, push, after)), ...failed];
}

function explain<A extends GitAccount>(push: PushInRepo<A>, outcome: PushOutcome): AppError | undefined {
  const { takenBytes } = outcome;
  const { budgetBytes, quotaBytes } = push;
  return explainFailure(outcome.report, outcome.end, { takenBytes, budgetBytes, quotaBytes });
}

async function announce<A extends GitAccount>(
  context: HostContext<A>,
  push: PushInRepo<A>,
  after: RefMap,
): Promise<readonly string[]> {
  const git = await push.session.open();
  const defaultRef = await settleHead(context, push, after);
  const summary = await summarizeChanges(git, { before: push.before, after, defaultRef });
  const options = parsePushOptions(push.section.options);
  const remarks = [...options.warnings, ...summary.warnings];
  if (summary.moved.length === 0) return remarks;
  const lines = await context.deps
    .onPush({
      ...summary,
      repo: push.repo,
      account: push.account,
      options,
      defaultBranch: defaultRef.slice('refs/heads/'.length),
      git,
    })
    .catch((error: unknown) => explainUnbuilt(context, push, error));
  return [...lines, ...remarks];
}

/** A first push to another branch than `main` makes it the default; otherwise clones would come up empty. */
async function settleHead<A extends GitAccount>(
  context: HostContext<A>,
  push: PushInRepo<A>,
  after: RefMap,
): Promise<string> {
  const head = (await readHead(push.dir)) ?? MAIN;
  if ((await readRefs(push.dir, [head])).has(head)) return head;
  const branches = push.section.commands
    .map((command) => command.ref)
    .filter((ref) => ref.startsWith('refs/heads/') && after.has(ref));
  const chosen = branches.find((ref) => ref === 'refs/heads/master') ?? branches[0];
  if (chosen === undefined) return head;
  const { code } = await context.pool.read([`--git-dir=${push.dir}`, 'symbolic-ref', 'HEAD', chosen]);
  return code === 0 ? chosen : head;
}

function explainUnbuilt<A extends GitAccount>(
  context: HostContext<A>,
  push: PushInRepo<A>,
  error: unknown,
): readonly string[] {
  if (error instanceof AppError)
    return ['The push is stored, but not built yet; the server tries again.', ...errorLines(error)];
  context.deps.log('error', 'push could not be announced', { repoId: push.repo.id, error });
  return ['error: The push is stored, but no build could be started; the log of the server has the cause.'];
}

function countUsage<A extends GitAccount>(
  context: HostContext<A>,
  push: PushInRepo<A>,
  result: { after: RefMap; outcome: PushOutcome },
): void {
  if (result.outcome.report.unpack !== 'ok') {
    context.usage.forget(push.dir);
    return;
  }
  const refs = result.after.size - push.before.size;
  context.usage.grow(push.dir, { sizeBytes: result.outcome.takenBytes, refs });
}

function logPush<A extends GitAccount>(
  context: HostContext<A>,
  push: PushInRepo<A>,
  result: { outcome: PushOutcome; movedRefs: number },
): void {
  const { report, end, takenBytes } = result.outcome;
  context.deps.log(end.code === 0 ? 'info' : 'warn', 'push received', {
    repoId: push.repo.id,
    login: push.account.login,
    bytes: takenBytes,
    refs: result.movedRefs,
    deletions: push.section.commands.filter((command) => command.after === ZERO_ID).length,
    unpack: report.unpack,
    exitCode: end.code,
    stopped: end.reason,
  });
}
