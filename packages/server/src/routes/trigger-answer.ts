import { toWireBuild, type WireBuild } from '@sortie/contract/builds';
import { AppError, type ErrorCode } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SkippedTrigger, TriggerOutcome } from '../services/trigger-request.ts';

interface Exchange {
  readonly request: Pick<FastifyRequest, 'headers'>;
  readonly reply: FastifyReply;
}

/** What a trigger cannot do, whoever asks, as against what it decided not to do. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['repo-inactive', 'owner-missing', 'commit-missing']);

/**
 * The answer of every route that starts a build: the build without stages, or `null` with `X-Skip-Reason` when the
 * trigger decided for none, as in Drone. Throws the reason as a problem when nothing could be built at all, and to
 * callers who understand it: those with an `Idempotency-Key` or who accept `application/problem+json`.
 */
export function answerTrigger(exchange: Exchange, repo: Repo, outcome: TriggerOutcome): WireBuild | null {
  if (outcome.kind !== 'skipped') return toWireBuild(outcome.build);
  if (REFUSALS.has(outcome.code) || understandsProblems(exchange.request)) throw toProblem(repo, outcome);
  exchange.reply.header('x-skip-reason', outcome.code);
  return null;
}

function understandsProblems({ headers }: Exchange['request']): boolean {
  const accepted = (headers.accept ?? '').toLowerCase().split(',');
  return (
    headers['idempotency-key'] !== undefined ||
    accepted.some((range) => range.split(';', 1)[0]?.trim() === 'application/problem+json')
  );
}

function toProblem({ slug }: Repo, { code, message }: SkippedTrigger): AppError {
  return new AppError(code, `Nothing was built: ${message}.`, { hint: hintFor(code, slug) });
}

function hintFor(code: ErrorCode, slug: string): string | undefined {
  const remedies: Partial<Record<ErrorCode, string>> = {
    'repo-inactive': `Activate it on its settings page or with POST /api/repos/${slug}.`,
    'owner-missing': `Make somebody its owner with POST /api/repos/${slug}/chown.`,
    'commit-missing': 'Name a branch, a tag as refs/tags/NAME, or a commit that has been pushed.',
    'config-missing': 'Commit a pipeline file at that path, or change the path in the settings.',
    'conditions-not-met': 'Change the trigger conditions of a pipeline in the file.',
    'event-ignored': 'The settings of the repository say which events it builds.',
    'skip-directive': 'Take a commit whose message does not ask for that.',
  };
  return remedies[code];
}
