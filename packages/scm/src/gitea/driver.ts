import { jsonOf } from '../answers.ts';
import { netrcFor } from '../clone-credentials.ts';
import type { Driver, DriverOperation } from '../driver.ts';
import { flag } from '../fields.ts';
import { completeBy } from '../hooks/complete.ts';
import { createHubAccounts } from '../hub/accounts.ts';
import { createHubFiles } from '../hub/files.ts';
import { createHubHooks } from '../hub/hooks.ts';
import type { Hub } from '../hub/hub.ts';
import { hubLinks } from '../hub/links.ts';
import { createHubRefs } from '../hub/refs.ts';
import { createHubReports } from '../hub/reports.ts';
import type { ScmMembership, ScmToken } from '../objects.ts';
import { joinPath } from '../path.ts';
import { createRest } from '../rest/client.ts';
import { eventNames } from '../rest/hook-set.ts';
import { localHostOf } from '../rest/local-target.ts';
import { createOAuth2, type OAuth2Client } from '../rest/oauth2.ts';
import { rest as pause, type ServiceOptions, withSlash } from '../rest/service-options.ts';
import { unsupported } from '../rest/unsupported.ts';
import { createTransport } from '../transport.ts';
import { mapGiteaWebhook, openGiteaWebhook, verifyGiteaWebhook } from './webhook.ts';

export interface GiteaOptions extends ServiceOptions {
  readonly oauth: OAuth2Client;
}

const MISSING: ReadonlySet<DriverOperation> = new Set<DriverOperation>([
  'createDeployStatus',
  'rotateHookSecret',
]);
const EVENTS = {
  push: ['push'],
  branch: ['create', 'delete'],
  tag: ['push', 'create', 'delete'],
  // Switches on all its parts, such as `pull_request_sync`.
  pull_request: ['pull_request'],
  deployment: [],
} as const;

/** Gitea and Forgejo (scm.md 3.1): one API, two sets of webhook headers. */
export function createGiteaDriver(options: GiteaOptions): Driver {
  const hub = giteaHub(options);
  const accounts = createHubAccounts(hub);
  const { findRepo } = accounts;
  const hooks = createHubHooks(hub);
  const refs = createHubRefs(hub);
  const oauth = giteaSignIn(options);
  const sleep = options.sleep ?? pause;
  return {
    kind: 'gitea',
    link: hub.server.href,
    signIn: oauth.signIn,
    refreshToken: oauth.refresh,
    supports: (operation) => !MISSING.has(operation),
    ...accounts,
    findMembership: (token, org, login) => findMembership(hub, token, org, login),
    ...refs,
    ...createHubFiles(hub, refs),
    ...hooks,
    testHook: async (token, slug, hookId) => {
      // It would be a push of the newest commit: an empty repository has none, and is answered as if it were not there.
      if ((await findRepo(token, { slug })).empty) return;
      await hooks.testHook(token, slug, hookId);
    },
    hookHint,
    ...createHubReports(hub),
    createDeployStatus: unsupported('Gitea', 'statuses of deployments'),
    openWebhook: openGiteaWebhook,
    verifyWebhook: verifyGiteaWebhook,
    mapWebhook: (webhook) => mapGiteaWebhook(hub.server, webhook),
    completeHook: completeBy(refs, { sleep }),
    linkTo: hubLinks(hub),
    async cloneCredentials(token, { httpUrl }) {
      return netrcFor(httpUrl, hub.origins, { login: token.access, password: 'x-oauth-basic' });
    },
  };
}

/** By default nothing is sent to addresses inside a private network. */
function hookHint(target: string): string | undefined {
  const host = localHostOf(target);
  if (host === undefined) return undefined;
  return `Set \`ALLOWED_HOST_LIST = external,${host}\` below \`[webhook]\` in the app.ini of Gitea, or add \`${host}\` to what is there, and restart it: by default it delivers no webhooks to local addresses.`;
}

function giteaHub(options: GiteaOptions): Hub {
  const server = new URL(withSlash(options.server));
  const base = new URL(withSlash(options.internalUrl ?? options.server));
  const transport = createTransport({ ...options, base, origins: [server.origin] });
  return {
    rest: createRest({
      transportFor: () => transport,
      publicOrigin: server.origin,
      followsMoves: true,
      prefix: 'api/v1/',
      headersFor: ({ access }): Record<string, string> =>
        access === '' ? {} : { authorization: `Bearer ${access}` },
    }),
    name: 'Gitea',
    server,
    origins: [...new Set([server.origin, base.origin])],
    pictureHosts: ['gravatar.com', 'libravatar.org'],
    // The server may give fewer: only the `Link` header tells where the list ends.
    pageSize: { limit: 50 },
    commitPath: (sha) => `git/commits/${joinPath(sha)}`,
    refPath: 'git/refs',
    keepsHookSecret: true,
    hookBody: (hook) => ({
      type: 'gitea',
      active: hook.isActive ?? true,
      // Without them an update would reset the hook to pushes.
      events: eventNames(hook, EVENTS),
      config: { url: hook.target, content_type: 'json', secret: hook.secret },
    }),
    testPath: 'tests',
    maxDescription: 1_000,
    pagesOf: { pulls: 'pulls', branch: 'src/branch', tag: 'src/tag' },
  };
}

function giteaSignIn(options: GiteaOptions) {
  const base = new URL(withSlash(options.internalUrl ?? options.server));
  return createOAuth2({
    client: options.oauth,
    authorizeUrl: `${withSlash(options.server)}login/oauth/authorize`,
    transport: createTransport({ ...options, base }),
    tokenPath: 'login/oauth/access_token',
    hasPkce: true,
    provesWith: 'form',
    now: options.now ?? Date.now,
  });
}

/** Who is no member gets 404; who asks without being one is sent to the public members. */
async function findMembership(hub: Hub, token: ScmToken, org: string, login: string): Promise<ScmMembership> {
  const path = `orgs/${joinPath(org)}/members/${joinPath(login)}`;
  const call = { path, what: 'The membership', followsRedirects: false };
  const answer = await hub.rest.answer(token, call);
  const isElsewhere = answer.status >= 300 && answer.status < 400;
  const member = isElsewhere
    ? await hub.rest.answer(token, { ...call, path: path.replace('/members/', '/public_members/') })
    : answer;
  if (member.status === 404) return { active: false, role: 'unknown' };
  if (member.status !== 204) await hub.rest.send(token, call);
  const rights = await hub.rest.answer(token, {
    path: `users/${joinPath(login)}/orgs/${joinPath(org)}/permissions`,
    what: 'The membership',
  });
  // Only the account itself and administrators may ask this.
  if (rights.status !== 200) return { active: true, role: 'unknown' };
  const body = jsonOf(rights);
  const isAdmin = flag(body, 'is_owner') || flag(body, 'is_admin');
  return { active: true, role: isAdmin ? 'admin' : 'member' };
}
