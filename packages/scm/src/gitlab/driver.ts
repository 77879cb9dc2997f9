import { netrcFor } from '../clone-credentials.ts';
import type { Driver, DriverOperation } from '../driver.ts';
import { isSha } from '../git-names.ts';
import { completeBy } from '../hooks/complete.ts';
import type { LinkMaker } from '../hub/hub.ts';
import { encodePath, joinPath } from '../path.ts';
import { createRest } from '../rest/client.ts';
import { localHostOf } from '../rest/local-target.ts';
import { createOAuth2, type OAuth2Client } from '../rest/oauth2.ts';
import { sortRef } from '../rest/refs.ts';
import { type ServiceOptions, withSlash } from '../rest/service-options.ts';
import { unsupported } from '../rest/unsupported.ts';
import { createTransport } from '../transport.ts';
import { createGitlabAccounts } from './accounts.ts';
import { type GitlabApi, projectPath } from './api.ts';
import { createGitlabContent } from './content.ts';
import { createGitlabHooks } from './hooks.ts';
import { createGitlabStatus } from './status.ts';
import { mapGitlabWebhook, openGitlabWebhook, verifyGitlabWebhook } from './webhook.ts';

export interface GitlabOptions extends ServiceOptions {
  readonly oauth: OAuth2Client;
}

const MISSING: ReadonlySet<DriverOperation> = new Set<DriverOperation>(['createDeployStatus']);

/** GitLab (scm.md 3.3). */
export function createGitlabDriver(options: GitlabOptions): Driver {
  const server = new URL(withSlash(options.server));
  const base = new URL(withSlash(options.internalUrl ?? options.server));
  const transport = createTransport({ ...options, base, origins: [server.origin] });
  const rest = createRest({
    transportFor: () => transport,
    publicOrigin: server.origin,
    prefix: 'api/v4/',
    headersFor: ({ access }): Record<string, string> =>
      access === '' ? {} : { authorization: `Bearer ${access}` },
  });
  const api: GitlabApi = { rest, server, origins: [...new Set([server.origin, base.origin])] };
  const content = createGitlabContent(api);
  const oauth = createOAuth2({
    client: { ...options.oauth, scope: options.oauth.scope || 'api' },
    authorizeUrl: `${server.href}oauth/authorize`,
    transport,
    tokenPath: 'oauth/token',
    hasPkce: true,
    provesWith: 'form',
    now: options.now ?? Date.now,
  });
  return {
    kind: 'gitlab',
    link: server.href,
    signIn: oauth.signIn,
    refreshToken: oauth.refresh,
    supports: (operation) => !MISSING.has(operation),
    ...createGitlabAccounts(api),
    ...content,
    ...createGitlabHooks(api),
    hookHint,
    createStatus: (token, slug, sha, status) => createGitlabStatus(api, token, slug, { sha, status }),
    createDeployStatus: unsupported('GitLab', 'deployments that begin there'),
    async commentOnPull(token, slug, pull, body) {
      const path = `${projectPath(slug)}/merge_requests/${joinPath(pull)}/notes`;
      await rest.send(token, { method: 'POST', path, json: { body }, what: 'The comment' });
    },
    openWebhook: openGitlabWebhook,
    verifyWebhook: verifyGitlabWebhook,
    mapWebhook: (webhook) => mapGitlabWebhook(server, webhook),
    completeHook: completeBy(content),
    linkTo: gitlabLinks(server),
    async cloneCredentials(token, { httpUrl }) {
      return netrcFor(httpUrl, api.origins, { login: 'oauth2', password: token.access });
    },
  };
}

function gitlabLinks(server: URL): LinkMaker {
  return (slug, { ref, sha }) => {
    const repo = server.href + encodePath(slug);
    const known = ref === '' ? undefined : sortRef(ref);
    if (known?.kind === 'pull') return `${repo}/-/merge_requests/${joinPath(known.number)}`;
    if (known?.kind === 'tag') return `${repo}/-/tags/${encodePath(known.name)}`;
    if (isSha(sha)) return `${repo}/-/commit/${sha}`;
    return known?.kind === 'branch' ? `${repo}/-/tree/${encodePath(known.name)}` : repo;
  };
}

function hookHint(target: string): string | undefined {
  const host = localHostOf(target);
  if (host === undefined) return undefined;
  return `An administrator of GitLab must allow requests to the local network from webhooks (Admin, Settings, Network, Outbound requests): by default it delivers none to \`${host}\`.`;
}
