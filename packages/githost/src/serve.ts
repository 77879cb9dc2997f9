import { AppError } from '@sortie/core/errors';
import { advertise } from './advertise.ts';
import { type GitAnswer, type GitRequest, header } from './exchange.ts';
import type { Access, GitAccount, HostContext, HostedRepo } from './host-deps.ts';
import type { GitRepo } from './objects.ts';
import { receivePack } from './receive.ts';
import { type GitRoute, parseRoute } from './route.ts';
import { accessError, signIn } from './sign-in.ts';
import { emptyDir, repoDir, repoExists } from './storage.ts';
import { uploadPack } from './upload.ts';

/** Checks what can be checked without knowing who asks. Throws `not-found`, `unsupported-media-type`, `forbidden`. */
export function parseRequest(request: GitRequest): GitRoute {
  const route = parseRoute(request.method, request.url);
  const wanted = `application/x-${route.service}-request`;
  if (route.phase === 'rpc' && header(request, 'content-type') !== wanted) {
    // Browsers cannot send this type across sites without asking first.
    throw new AppError('unsupported-media-type', `The body must be of the type ${wanted}.`, {
      hint: 'Use a git client; web pages cannot push.',
    });
  }
  return route;
}

/** Finds out who asks and whether they may, then answers. Refusals throw `AppError`. */
export async function serve<A extends GitAccount>(
  context: HostContext<A>,
  route: GitRoute,
  request: GitRequest,
): Promise<GitAnswer> {
  const account = await signIn(context.deps, request);
  const isPush = route.service === 'git-receive-pack';
  const access = await context.deps.authorize(account, route, isPush ? 'write' : 'read');
  if (isPush && account !== undefined) return servePush(context, { route, request, account, access });
  if (isPush || access.outcome !== 'ok') throw refusal(access, account, route);
  const repo = await openRepo(context, access.repo);
  if (route.phase === 'advertise') return advertise(repo, route.service, request);
  return uploadPack(repo, request, { maxRequestBytes: context.limits.fetchRequestBytes });
}

/** What readers see of a repository: an empty one stands in until the first push. */
export async function openRepo<A extends GitAccount>(
  context: HostContext<A>,
  repo: HostedRepo,
): Promise<GitRepo> {
  const { root } = context.deps;
  const dir = (await repoExists(root, repo.uid)) ? repoDir(root, repo.uid) : emptyDir(root);
  return { pool: context.pool, dir };
}

async function servePush<A extends GitAccount>(
  context: HostContext<A>,
  push: { route: GitRoute; request: GitRequest; account: A; access: Access },
): Promise<GitAnswer> {
  const { route, request, account, access } = push;
  if (access.outcome !== 'ok' && access.outcome !== 'create') throw refusal(access, account, route);
  if (route.phase === 'advertise') {
    const { pool, deps } = context;
    const repo =
      access.outcome === 'ok' ? await openRepo(context, access.repo) : { pool, dir: emptyDir(deps.root) };
    return advertise(repo, route.service, request);
  }
  const findRepo = async (): Promise<HostedRepo> =>
    access.outcome === 'ok' ? access.repo : createRepo(context, account, route);
  return receivePack(context, { request, account, findRepo });
}

/** Of two first pushes at once the second finds what the first has made. */
async function createRepo<A extends GitAccount>(
  context: HostContext<A>,
  account: A,
  route: GitRoute,
): Promise<HostedRepo> {
  const leave = await context.locks.enter(`create ${route.namespace}/${route.name}`);
  try {
    const access = await context.deps.authorize(account, route, 'write');
    if (access.outcome === 'ok') return access.repo;
    if (access.outcome !== 'create') throw refusal(access, account, route);
    return await context.deps.createRepo(account, route.namespace, route.name);
  } finally {
    leave();
  }
}

function refusal(access: Access, account: GitAccount | undefined, route: GitRoute): AppError {
  return accessError(access.outcome === 'ok' ? 'unauthorized' : access.outcome, account, route);
}
