import { netrcFor } from '../clone-credentials.ts';
import type { Driver, DriverOperation } from '../driver.ts';
import { isSha } from '../git-names.ts';
import { completeBy } from '../hooks/complete.ts';
import type { LinkMaker } from '../hub/hub.ts';
import type { ScmStatus, ScmToken } from '../objects.ts';
import { encodePath, encodeSlug, joinPath } from '../path.ts';
import { bitbucketKey, bitbucketState } from '../rest/build-status.ts';
import { createRest } from '../rest/client.ts';
import { localHostOf } from '../rest/local-target.ts';
import { createOAuth2, type OAuth2Client } from '../rest/oauth2.ts';
import { sortRef } from '../rest/refs.ts';
import { type ServiceOptions, withSlash } from '../rest/service-options.ts';
import { statusText } from '../rest/status-text.ts';
import { unsupported } from '../rest/unsupported.ts';
import { createTransport } from '../transport.ts';
import { createBitbucketAccounts } from './accounts.ts';
import type { BitbucketApi } from './api.ts';
import { createBitbucketContent } from './content.ts';
import { createBitbucketHooks } from './hooks.ts';
import { mapBitbucketWebhook, openBitbucketWebhook, verifyBitbucketWebhook } from './webhook.ts';

export interface BitbucketOptions extends Omit<ServiceOptions, 'internalUrl'> {
  readonly oauth: OAuth2Client;
  /** Address of the API; `https://api.bitbucket.org/` when absent. */
  readonly apiServer?: string;
}

const MISSING: ReadonlySet<DriverOperation> = new Set<DriverOperation>([
  'findMembership',
  'testHook',
  'createDeployStatus',
]);
const MAX_DESCRIPTION = 255;

/** Bitbucket Cloud (scm.md 3.4). */
export function createBitbucketDriver(options: BitbucketOptions): Driver {
  const server = new URL(withSlash(options.server));
  const base = new URL(withSlash(options.apiServer ?? 'https://api.bitbucket.org/'));
  const transport = createTransport({ ...options, base });
  const rest = createRest({
    transportFor: () => transport,
    prefix: '2.0/',
    headersFor: ({ access }): Record<string, string> =>
      access === '' ? {} : { authorization: `Bearer ${access}` },
  });
  const api: BitbucketApi = { rest, server };
  const content = createBitbucketContent(api);
  const oauth = createOAuth2({
    client: options.oauth,
    authorizeUrl: `${server.href}site/oauth2/authorize`,
    transport: createTransport({ ...options, base: server }),
    tokenPath: 'site/oauth2/access_token',
    hasPkce: false,
    provesWith: 'basic',
    now: options.now ?? Date.now,
  });
  return {
    kind: 'bitbucket',
    link: server.href,
    signIn: oauth.signIn,
    refreshToken: oauth.refresh,
    supports: (operation) => !MISSING.has(operation),
    ...createBitbucketAccounts(api),
    findMembership: unsupported('Bitbucket Cloud', 'roles of members that others may read'),
    ...content,
    ...createBitbucketHooks(api),
    hookHint,
    testHook: unsupported('Bitbucket Cloud', 'test delivery that an API call can ask for'),
    createStatus: (token, slug, sha, status) => createStatus(api, token, slug, { sha, status }),
    createDeployStatus: unsupported('Bitbucket Cloud', 'deployments that begin there'),
    async commentOnPull(token, slug, pull, raw) {
      const path = `repositories/${encodeSlug(slug)}/pullrequests/${joinPath(pull)}/comments`;
      await rest.send(token, { method: 'POST', path, json: { content: { raw } }, what: 'The comment' });
    },
    openWebhook: openBitbucketWebhook,
    verifyWebhook: verifyBitbucketWebhook,
    mapWebhook: (webhook) => mapBitbucketWebhook(server, webhook),
    completeHook: completeBy(content),
    linkTo: bitbucketLinks(server),
    async cloneCredentials(token, { httpUrl }) {
      return netrcFor(httpUrl, [server.origin], { login: 'x-token-auth', password: token.access });
    },
  };
}

async function createStatus(
  { rest }: BitbucketApi,
  token: ScmToken,
  slug: string,
  { sha, status }: { readonly sha: string; readonly status: ScmStatus },
): Promise<void> {
  const known = status.ref === '' ? undefined : sortRef(status.ref);
  await rest.send(token, {
    method: 'POST',
    path: `repositories/${encodeSlug(slug)}/commit/${joinPath(sha)}/statuses/build`,
    json: {
      state: bitbucketState(status.state, 'STOPPED'),
      key: bitbucketKey(status.label),
      name: status.title || status.label,
      url: status.link,
      description: statusText(status.state, status.description, MAX_DESCRIPTION),
      ...(known?.kind === 'branch' && { refname: known.name }),
    },
    what: 'The commit status',
  });
}

function bitbucketLinks(server: URL): LinkMaker {
  return (slug, { ref, sha }) => {
    const repo = server.href + encodePath(slug);
    const known = ref === '' ? undefined : sortRef(ref);
    if (known?.kind === 'pull') return `${repo}/pull-requests/${joinPath(known.number)}`;
    if (known?.kind === 'tag') return `${repo}/commits/tag/${encodePath(known.name)}`;
    if (isSha(sha)) return `${repo}/commits/${sha}`;
    return known?.kind === 'branch' ? `${repo}/branch/${encodePath(known.name)}` : repo;
  };
}

function hookHint(target: string): string | undefined {
  const host = localHostOf(target);
  if (host === undefined) return undefined;
  return `Bitbucket Cloud must reach \`${host}\`, which looks like an address inside your network: set a public address as DRONE_SERVER_PROXY_HOST.`;
}
