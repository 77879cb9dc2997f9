import { netrcFor } from '../clone-credentials.ts';
import type { Driver, DriverOperation } from '../driver.ts';
import { ScmError } from '../errors.ts';
import { encodeSlug, joinPath } from '../path.ts';
import { createTransport } from '../transport.ts';
import type { Wire } from '../wire.ts';
import { createGogsAccounts } from './gogs-accounts.ts';
import { createGogsApi } from './gogs-api.ts';
import { completeGogsHook } from './gogs-complete.ts';
import { createGogsFiles } from './gogs-files.ts';
import { createGogsHooks } from './gogs-hooks.ts';
import { gogsLink } from './gogs-links.ts';
import { localNetworkHint } from './gogs-local-network.ts';
import { createGogsRefs } from './gogs-refs.ts';
import { createGogsSignIn } from './gogs-sign-in.ts';
import { openGogsWebhook, verifyGogsWebhook } from './gogs-webhook.ts';
import { mapGogsWebhook } from './gogs-webhook-map.ts';

export interface GogsOptions {
  /** Address that people open: `EXTERNAL_URL` of Gogs. */
  readonly server: string;
  /** Address that this server uses instead, when it cannot reach the other one. */
  readonly internalUrl?: string;
  /** Host name of our own server, for the names of tokens. */
  readonly serverHost: string;
  readonly wire: Wire;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Milliseconds. */
  readonly sleep?: (duration: number) => Promise<void>;
  /** Milliseconds for one call. */
  readonly timeout?: number;
  readonly randomName?: () => string;
}

const SUPPORTED: ReadonlySet<DriverOperation> = new Set<DriverOperation>([
  'findUser',
  'listOrgs',
  'findMembership',
  'listDirAt',
  'updateHook',
  'commentOnPull',
  'cloneCredentials',
]);

/** Gogs: no OAuth, no statuses, no comparison and no pull request API. */
export function createGogsDriver(options: GogsOptions): Driver {
  const link = withSlash(options.server);
  const base = new URL(withSlash(options.internalUrl ?? options.server));
  const origins = [...new Set([new URL(link).origin, base.origin])];
  const place = { link, origins };
  const sleep = options.sleep ?? rest;
  const { wire, now, timeout, serverHost, randomName } = options;
  const api = createGogsApi(createTransport({ base, wire, now, sleep: options.sleep, timeout }));
  const accounts = createGogsAccounts(api, place);
  const refs = createGogsRefs(api, place);
  const { currentUser } = accounts;
  return {
    kind: 'gogs',
    link,
    signIn: createGogsSignIn({ api, serverHost, currentUser, randomName }),
    supports: (operation) => SUPPORTED.has(operation),
    ...accounts,
    ...createGogsFiles(api, refs),
    findCommit: refs.findCommit,
    findBranch: refs.findBranch,
    listBranches: refs.listBranches,
    listTags: refs.listTags,
    resolveRef: refs.resolveRef,
    ...createGogsHooks(api),
    hookHint: localNetworkHint,
    ...missingOperations(),
    async commentOnPull(token, slug, pull, body) {
      // Pull requests are issues to this route.
      const path = `repos/${encodeSlug(slug)}/issues/${joinPath(pull)}/comments`;
      await api.call(token, { method: 'POST', path, json: { body } }, 'The comment');
    },
    openWebhook: openGogsWebhook,
    verifyWebhook: verifyGogsWebhook,
    mapWebhook: (webhook) => mapGogsWebhook(webhook, place),
    completeHook: (token, event, history) =>
      completeGogsHook({ deps: { refs, sleep }, place, token, history }, event),
    linkTo: (slug, target) => gogsLink(link, slug, target),
    async cloneCredentials(token, { httpUrl }) {
      return netrcFor(httpUrl, origins, { login: token.access, password: 'x-oauth-basic' });
    },
  };
}

function missingOperations() {
  const refuse = (what: string) => async (): Promise<never> => {
    throw new ScmError('not-supported', `Gogs has no ${what}.`);
  };
  return {
    refreshToken: refuse('tokens that can be refreshed'),
    listChanges: refuse('comparison of commits'),
    testHook: refuse('test delivery that an API call can ask for'),
    createStatus: refuse('commit statuses'),
    createDeployStatus: refuse('deployments'),
  };
}

function withSlash(address: string): string {
  const { href } = new URL(address);
  return href.endsWith('/') ? href : `${href}/`;
}

async function rest(duration: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, duration);
  await promise;
}
