import type { ConnectionKind } from '@sortie/core/connection';
import type { WebhookRequest } from '@sortie/scm/hook-event';
import type { GitService, GitServices } from './git-service.ts';

type Headers = WebhookRequest['headers'];

/**
 * How webhooks of a service are known. The most specific one comes first: Gitea also sends the headers of Gogs and
 * GitHub, and Gogs those of GitHub. The second line for Bitbucket is for when nothing tells it from its Server.
 */
const SIGNS: readonly (readonly [kind: ConnectionKind, isFrom: (headers: Headers) => boolean])[] = [
  ['gitea', (headers) => has(headers, 'x-forgejo-event', 'x-gitea-event')],
  ['gogs', (headers) => has(headers, 'x-gogs-event')],
  ['gitlab', (headers) => has(headers, 'x-gitlab-event')],
  ['bitbucket', (headers) => has(headers, 'x-event-key') && has(headers, 'x-request-uuid', 'x-hook-uuid')],
  ['stash', (headers) => has(headers, 'x-event-key')],
  ['bitbucket', (headers) => has(headers, 'x-event-key')],
  ['github', (headers) => has(headers, 'x-github-event')],
];

/** The connected service that a webhook with these headers comes from; services that are not connected never match. */
export function serviceOfHook(services: GitServices, headers: Headers): GitService | undefined {
  for (const [kind, isFrom] of SIGNS) {
    const service = isFrom(headers)
      ? services.all.find(({ connection }) => connection.kind === kind)
      : undefined;
    if (service !== undefined) return service;
  }
  return undefined;
}

function has(headers: Headers, ...names: readonly string[]): boolean {
  return names.some((name) => headers[name] !== undefined);
}
