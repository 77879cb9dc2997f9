import { type RepoPatchBody, updateRepo } from '@sortie/contract/repo-settings';
import { toWireRepo } from '@sortie/contract/repos';
import { AppError } from '@sortie/core/errors';
import type { FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { changeRepo } from '../services/change-repo.ts';
import type { Db } from '../store/db.ts';
import type { RepoPatch } from '../store/repos.ts';
import { toEventPatch } from './legacy/repos.ts';
import { type Mount, repoOf, userOf } from './mount.ts';

export function mountRepoSettingRoutes(mount: Mount, deps: { readonly db: Db }): void {
  mount(updateRepo, async (call) => {
    requireBody(call.request);
    const patch = toPatch(call.body, userOf(call).isAdmin);
    const version = readVersion(call.request.headers['if-match']);
    return toWireRepo(await changeRepo(deps, { repo: repoOf(call), patch, version }));
  });
}

/** Members for administrators are left out for everybody else: the page sends its whole form (ledger 8). */
function toPatch(body: Static<typeof RepoPatchBody>, isAdmin: boolean): RepoPatch {
  const events = toEventPatch(body);
  const everybody = {
    ...events,
    visibility: body.visibility,
    configPath: body.config_path,
    isProtected: body.protected,
    ignoreForks: body.ignore_forks,
    ignorePullRequests: body.ignore_pull_requests ?? events.ignorePullRequests,
    ignoreReopened: body.ignore_reopened,
    forkApproval: body.fork_approval,
    forkConfig: body.fork_config,
    autoCancelPullRequests: body.auto_cancel_pull_requests,
    autoCancelPushes: body.auto_cancel_pushes,
    autoCancelRunning: body.auto_cancel_running,
    autoCancelClosed: body.auto_cancel_closed,
  };
  if (!isAdmin) return everybody;
  return {
    ...everybody,
    isTrusted: body.trusted,
    timeoutMinutes: body.timeout,
    throttle: body.throttle,
    priority: body.priority,
    counter: body.counter,
  };
}

/** No body at all is a mistake of the client; an object without members is a change of nothing (api-v1.md 1.5). */
function requireBody(request: FastifyRequest): void {
  if (request.bodyBytes?.toString('utf8').trim()) return;
  throw new AppError('invalid-request', 'The request has no body.', {
    hint: 'Send the settings to change as a JSON object.',
  });
}

/** `"7"` or `7`, the `version` of the repository; `*` is any. */
function readVersion(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const [, digits] = /^\s*"?(\d{1,15})"?\s*$/.exec(header) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new AppError('invalid-request', 'The header If-Match does not hold the version of a repository.', {
    hint: 'Send the member version of the repository in quotes, for example If-Match: "7".',
  });
}
