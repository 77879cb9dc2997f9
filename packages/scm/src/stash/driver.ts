import { createPrivateKey, randomBytes } from 'node:crypto';
import { netrcFor } from '../clone-credentials.ts';
import type { Driver, DriverOperation } from '../driver.ts';
import { ScmError } from '../errors.ts';
import { isSha } from '../git-names.ts';
import { completeBy } from '../hooks/complete.ts';
import type { LinkMaker } from '../hub/hub.ts';
import type { ScmStatus, ScmToken } from '../objects.ts';
import { joinPath } from '../path.ts';
import { bitbucketState } from '../rest/build-status.ts';
import { createRest } from '../rest/client.ts';
import { localHostOf } from '../rest/local-target.ts';
import { sortRef } from '../rest/refs.ts';
import { rest as pause, type ServiceOptions, withSlash } from '../rest/service-options.ts';
import { statusText } from '../rest/status-text.ts';
import { unsupported } from '../rest/unsupported.ts';
import { createTransport } from '../transport.ts';
import { createStashAccounts } from './accounts.ts';
import { repoPath, type StashApi } from './api.ts';
import { createStashContent } from './content.ts';
import { createStashHooks } from './hooks.ts';
import type { OAuth1Signer } from './oauth1.ts';
import { createStashSignIn } from './sign-in.ts';
import { createSigningTransport } from './signing-transport.ts';
import { mapStashWebhook, openStashWebhook, verifyStashWebhook } from './webhook.ts';
import { pageOf } from './webhook-repo.ts';

export interface StashOptions extends ServiceOptions {
  readonly consumerKey: string;
  /** RSA key in PEM; PKCS#1, as Drone had it, or PKCS#8. */
  readonly privateKey: string;
  readonly nonce?: () => string;
}

const MISSING: ReadonlySet<DriverOperation> = new Set<DriverOperation>([
  'refreshToken',
  'findRepoByUid',
  'listOrgs',
  'findMembership',
  'testHook',
  'createDeployStatus',
  'cloneCredentials',
]);
const MAX_DESCRIPTION = 255;
const NAME = 'Bitbucket Server';

/** Bitbucket Server and Data Center (scm.md 3.5). Every call is signed with the RSA key of the application link. */
export function createStashDriver(options: StashOptions): Driver {
  const { api, transport, signer } = connect(options);
  const content = createStashContent(api);
  return {
    kind: 'stash',
    link: api.server.href,
    signIn: createStashSignIn(transport, api.server, signer),
    refreshToken: unsupported(NAME, 'tokens that can be refreshed'),
    supports: (operation) => !MISSING.has(operation),
    ...createStashAccounts(api),
    listOrgs: unsupported(NAME, 'organisations'),
    findMembership: unsupported(NAME, 'organisations'),
    ...content,
    ...createStashHooks(api),
    hookHint,
    testHook: unsupported(NAME, 'signed test delivery'),
    createStatus: (token, _slug, sha, status) => createStatus(api, token, sha, status),
    createDeployStatus: unsupported(NAME, 'deployments that begin there'),
    async commentOnPull(token, slug, pull, text) {
      const path = `${repoPath(slug)}/pull-requests/${joinPath(pull)}/comments`;
      await api.rest.send(token, { method: 'POST', path, json: { text }, what: 'The comment' });
    },
    openWebhook: openStashWebhook,
    verifyWebhook: verifyStashWebhook,
    mapWebhook: (webhook) => mapStashWebhook(api.server, webhook),
    completeHook: completeBy(content),
    linkTo: stashLinks(api.server),
    async cloneCredentials(_token, { httpUrl }) {
      netrcFor(httpUrl, api.origins, { login: '', password: '' });
      throw new ScmError('not-supported', 'Tokens of Bitbucket Server cannot clone.', {
        hint: 'Set DRONE_GIT_USERNAME and DRONE_GIT_PASSWORD to an account that may read the repositories.',
      });
    },
  };
}

function connect(options: StashOptions) {
  const server = new URL(withSlash(options.server));
  const base = new URL(withSlash(options.internalUrl ?? options.server));
  const now = options.now ?? Date.now;
  const transport = createTransport({ ...options, base });
  const signer: OAuth1Signer = {
    consumerKey: options.consumerKey,
    privateKey: createPrivateKey(options.privateKey),
    now: () => Math.floor(now() / 1000),
    nonce: options.nonce ?? (() => randomBytes(16).toString('hex')),
  };
  const deps = { signer, sleep: options.sleep ?? pause };
  const rest = createRest({
    transportFor: (token) => createSigningTransport(transport, deps, token),
    prefix: 'rest/api/1.0/',
    headersFor: () => ({ 'x-atlassian-token': 'no-check' }),
  });
  const api: StashApi = { rest, server, base, origins: [...new Set([server.origin, base.origin])] };
  return { api, transport, signer };
}

async function createStatus(api: StashApi, token: ScmToken, sha: string, status: ScmStatus): Promise<void> {
  await api.rest.send(token, {
    method: 'POST',
    path: `${api.base.href}rest/build-status/1.0/commits/${joinPath(sha)}`,
    json: {
      state: bitbucketState(status.state, 'FAILED'),
      key: status.label,
      name: status.title || status.label,
      url: status.link,
      description: statusText(status.state, status.description, MAX_DESCRIPTION),
    },
    what: 'The commit status',
  });
}

function stashLinks(server: URL): LinkMaker {
  return (slug, { ref, sha }) => {
    const repo = pageOf(server, slug);
    const known = ref === '' ? undefined : sortRef(ref);
    if (known?.kind === 'pull') return `${repo}/pull-requests/${joinPath(known.number)}`;
    if (known?.kind === 'tag') return `${repo}/browse?at=${encodeURIComponent(ref)}`;
    if (isSha(sha)) return `${repo}/commits/${sha}`;
    return known?.kind === 'branch' ? `${repo}/browse?at=${encodeURIComponent(ref)}` : repo;
  };
}

function hookHint(target: string): string | undefined {
  const host = localHostOf(target);
  if (host !== 'localhost') return undefined;
  return 'Bitbucket Server takes `localhost` for its own machine: set an address that it can reach as DRONE_SERVER_PROXY_HOST.';
}
