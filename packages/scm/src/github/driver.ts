import { expectOk, jsonOf } from '../answers.ts';
import { netrcFor } from '../clone-credentials.ts';
import type { Driver, DriverOperation } from '../driver.ts';
import { isScmError } from '../errors.ts';
import { flag, list, text } from '../fields.ts';
import { completeBy } from '../hooks/complete.ts';
import { createHubAccounts } from '../hub/accounts.ts';
import { createHubFiles } from '../hub/files.ts';
import { createHubHooks } from '../hub/hooks.ts';
import type { Hub } from '../hub/hub.ts';
import { hubLinks } from '../hub/links.ts';
import { createHubRefs } from '../hub/refs.ts';
import { createHubReports } from '../hub/reports.ts';
import type { ScmMembership, ScmToken, ScmUser } from '../objects.ts';
import { joinPath } from '../path.ts';
import { createRest } from '../rest/client.ts';
import { eventNames } from '../rest/hook-set.ts';
import { localHostOf } from '../rest/local-target.ts';
import { createOAuth2, type OAuth2Client } from '../rest/oauth2.ts';
import { rest as pause, type ServiceOptions, withSlash } from '../rest/service-options.ts';
import { unsupported } from '../rest/unsupported.ts';
import { createTransport } from '../transport.ts';
import { createDeployStatus } from './deploy-status.ts';
import { mapGithubWebhook, openGithubWebhook, verifyGithubWebhook } from './webhook.ts';
import { PICTURE_HOSTS } from './webhook-repo.ts';

export interface GithubOptions extends ServiceOptions {
  readonly oauth: OAuth2Client;
  /** Address of the API; derived from the server when absent. */
  readonly apiServer?: string;
  /** Accepts SHA-1 signatures where no other one comes: for old Enterprise Servers only. */
  readonly acceptsSha1?: boolean;
}

const MISSING: ReadonlySet<DriverOperation> = new Set<DriverOperation>(['refreshToken']);
const SCOPE = 'repo,repo:status,user:email,read:org';
const EVENTS = {
  push: ['push'],
  branch: ['create', 'delete'],
  tag: ['push', 'create', 'delete'],
  pull_request: ['pull_request'],
  deployment: ['deployment'],
} as const;
/** A commit that was just pushed may be unknown for some seconds. */
const LAG_PAUSES = [1_000, 2_000, 4_000, 8_000, 15_000] as const;

/** GitHub and GitHub Enterprise Server (scm.md 3.2). */
export function createGithubDriver(options: GithubOptions): Driver {
  const hub = githubHub(options);
  const refs = createHubRefs(hub);
  const files = createHubFiles(hub, refs);
  const accounts = createHubAccounts(hub);
  const sleep = options.sleep ?? pause;
  return {
    kind: 'github',
    link: hub.server.href,
    signIn: githubSignIn(options).signIn,
    refreshToken: unsupported('GitHub', 'tokens that can be refreshed'),
    supports: (operation) => !MISSING.has(operation),
    ...accounts,
    currentUser: async (token) => withEmail(hub, token, await accounts.currentUser(token)),
    findMembership: (token, org, login) => findMembership(hub, token, org, login),
    ...refs,
    ...files,
    fileAt: (...call) =>
      retryWhileLagging(
        () => files.fileAt(...call),
        () => refs.findCommit(call[0], call[1], call[2]),
        sleep,
      ),
    ...createHubHooks(hub),
    hookHint,
    ...createHubReports(hub),
    createDeployStatus: (token, slug, status) => createDeployStatus(hub, token, slug, status),
    openWebhook: openGithubWebhook,
    verifyWebhook: (opened, secrets) => verifyGithubWebhook(opened, secrets, options.acceptsSha1 === true),
    mapWebhook: (webhook) => mapGithubWebhook(hub.server, webhook),
    completeHook: completeBy(refs, { isHeadInBase: true }),
    linkTo: hubLinks(hub),
    async cloneCredentials(token, { httpUrl }) {
      return netrcFor(httpUrl, [hub.server.origin], { login: token.access, password: 'x-oauth-basic' });
    },
  };
}

function hookHint(target: string): string | undefined {
  const host = localHostOf(target);
  if (host === undefined) return undefined;
  return `GitHub must reach \`${host}\`, which looks like an address inside your network: set a public address as DRONE_SERVER_PROXY_HOST.`;
}

function githubHub(options: GithubOptions): Hub {
  const server = new URL(withSlash(options.server));
  const isPublic = server.hostname === 'github.com';
  const derived = isPublic
    ? 'https://api.github.com/'
    : `${withSlash(options.internalUrl ?? server.href)}api/v3/`;
  const base = new URL(withSlash(options.apiServer ?? derived));
  const transport = createTransport({ ...options, base });
  return {
    rest: createRest({
      transportFor: () => transport,
      prefix: '',
      headersFor: ({ access }) => ({
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        ...(access !== '' && { authorization: `Bearer ${access}` }),
      }),
    }),
    name: 'GitHub',
    server,
    origins: [server.origin],
    pictureHosts: PICTURE_HOSTS,
    pageSize: { per_page: 100 },
    commitPath: (sha) => `commits/${joinPath(sha)}`,
    refPath: 'git/ref',
    keepsHookSecret: false,
    hookBody: (hook) => ({
      name: 'web',
      active: true,
      events: eventNames(hook, EVENTS),
      config: {
        url: hook.target,
        content_type: 'json',
        secret: hook.secret,
        insecure_ssl: hook.skipVerify ? '1' : '0',
      },
    }),
    testPath: 'pings',
    maxDescription: 140,
    pagesOf: { pulls: 'pull', branch: 'tree', tag: 'tree' },
  };
}

function githubSignIn(options: GithubOptions) {
  const base = new URL(withSlash(options.internalUrl ?? options.server));
  return createOAuth2({
    client: { ...options.oauth, scope: options.oauth.scope || SCOPE },
    authorizeUrl: `${withSlash(options.server)}login/oauth/authorize`,
    transport: createTransport({ ...options, base }),
    tokenPath: 'login/oauth/access_token',
    hasPkce: true,
    provesWith: 'form',
    now: options.now ?? Date.now,
  });
}

/** The address may be hidden in the account; the list of addresses needs a right that the token may lack. */
async function withEmail(hub: Hub, token: ScmToken, user: ScmUser): Promise<ScmUser> {
  if (user.email !== '') return user;
  const answer = await hub.rest.answer(token, { path: 'user/emails', what: 'The addresses' });
  if (answer.status !== 200) return user;
  const primary = list(jsonOf(answer)).find((entry) => flag(entry, 'primary') && flag(entry, 'verified'));
  return { ...user, email: text(primary, 'email') };
}

async function findMembership(hub: Hub, token: ScmToken, org: string, login: string): Promise<ScmMembership> {
  const path = `orgs/${joinPath(org)}/memberships/${joinPath(login)}`;
  const answer = await hub.rest.answer(token, { path, what: 'The membership' });
  if (answer.status === 404) return { active: false, role: 'unknown' };
  const body = jsonOf(expectOk(answer, 'The membership'));
  const isActive = text(body, 'state') === 'active';
  const role = text(body, 'role');
  return { active: isActive, role: role === 'admin' ? 'admin' : role === 'member' ? 'member' : 'unknown' };
}

/** A file may be missing because its commit is not known yet; that a known commit lacks it is final. */
async function retryWhileLagging<T>(
  read: () => Promise<T>,
  findCommit: () => Promise<unknown>,
  sleep: (duration: number) => Promise<void>,
): Promise<T> {
  for (const duration of LAG_PAUSES) {
    try {
      return await read();
    } catch (error) {
      if (!isScmError(error, 'not-found') || (await isKnown(findCommit))) throw error;
    }
    await sleep(duration);
  }
  return read();
}

async function isKnown(findCommit: () => Promise<unknown>): Promise<boolean> {
  try {
    await findCommit();
    return true;
  } catch (error) {
    if (isScmError(error, 'not-found')) return false;
    throw error;
  }
}
