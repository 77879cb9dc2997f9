import { type Permission, type Repo, slugAtService } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { localHostOf } from '@sortie/scm/rest/local-target';
import type { Identity } from '../store/identities.ts';
import type { RepoHealth } from '../store/repo-health.ts';
import type { ForgeWebhooks } from './forge.ts';
import { MISSING_AFTER } from './look-for-missing.ts';

/** One thing that was looked at; `hint` is the remedy, with the exact setting. */
export interface HealthCheck {
  readonly name:
    | 'service'
    | 'owner'
    | 'token'
    | 'permission'
    | 'hook'
    | 'address'
    | 'delivery'
    | 'refs'
    | 'clone'
    | 'statuses';
  /** `info` is neither good nor bad, `unknown` could not be looked at. */
  readonly state: 'ok' | 'info' | 'warn' | 'fail' | 'unknown';
  readonly message: string;
  readonly hint?: string;
}

/** Everything that the verdict rests on. */
export interface HealthFacts {
  readonly repo: Repo;
  readonly owner: User | undefined;
  /** The account of the owner at the service. */
  readonly identity: Identity | undefined;
  /** Login of whose token is used in the place of the owner's; empty when the owner's is. */
  readonly fallback: string;
  /** What the owner may do at the service, as far as it is known. */
  readonly permission: Permission | undefined;
  /** How often in a row the service has not known the repository when the owner asked for it. */
  readonly missing?: number;
  readonly webhooks: ForgeWebhooks;
  readonly health: RepoHealth;
  /** Why the service could not be asked just now, with the remedy. */
  readonly trouble: string | undefined;
  /** Seconds between two polls; 0 = none. */
  readonly pollSeconds: number;
  /** Unix seconds. */
  readonly now: number;
}

/** A move of a ref that no delivery has told of for this long means that none will (scm.md 2.5). */
export const OVERDUE_SECONDS = 900;

/** All checks of a repository of a connected service, in the order in which somebody would go through them. */
export function checkRepo(facts: HealthFacts): readonly HealthCheck[] {
  const checks = [
    checkService(facts),
    checkOwner(facts),
    checkToken(facts),
    checkPermission(facts),
    checkHook(facts),
    checkAddress(facts),
    checkDelivery(facts),
    checkRefs(facts),
    checkClone(facts),
    checkStatuses(facts),
  ];
  return checks.filter((check) => check !== undefined);
}

function checkService({ trouble, webhooks: { title } }: HealthFacts): HealthCheck {
  if (trouble === undefined) return { name: 'service', state: 'ok', message: `${title} is connected.` };
  return { name: 'service', state: 'fail', message: trouble };
}

function checkOwner({ owner, repo }: HealthFacts): HealthCheck {
  const hint = `Whoever administers it can take it over with POST /api/repos/${repo.slug}/chown.`;
  if (owner === undefined)
    return { name: 'owner', state: 'fail', message: 'The repository has no owner.', hint };
  const { login } = owner;
  if (!owner.isActive)
    return { name: 'owner', state: 'fail', message: `The owner ${login} has been deactivated.`, hint };
  if (owner.isMachine)
    return { name: 'owner', state: 'fail', message: `The owner ${login} is a machine account.`, hint };
  return { name: 'owner', state: 'ok', message: `The repository belongs to ${login}.` };
}

function checkToken({ owner, identity, fallback, webhooks }: HealthFacts): HealthCheck | undefined {
  if (owner === undefined) return undefined;
  const { login } = owner;
  const hint = `${login} must sign in with ${webhooks.title} again.`;
  const hasToken = identity !== undefined && identity.accessSealed !== '';
  if (hasToken && !identity.isInvalid)
    return { name: 'token', state: 'ok', message: `The token of ${login} is accepted.` };
  const cause = hasToken
    ? `${webhooks.title} does not accept the token of ${login} any more`
    : `${login} has no token for ${webhooks.title}`;
  if (fallback === '') return { name: 'token', state: 'fail', message: `${cause}.`, hint };
  return { name: 'token', state: 'warn', message: `${cause}; that of ${fallback} is used instead.`, hint };
}

function checkPermission(facts: HealthFacts): HealthCheck | undefined {
  const { owner, permission, webhooks, repo, missing = 0 } = facts;
  if (owner === undefined) return undefined;
  const { login } = owner;
  const place = `${slugAtService(repo)} at ${webhooks.title}`;
  if (missing >= MISSING_AFTER) {
    const message = `${webhooks.title} did not know ${repo.slug} the last ${missing} times that ${login} asked.`;
    const gone = `If it was deleted there, remove it here with DELETE /api/repos/${repo.slug}?remove=true.`;
    return { name: 'permission', state: 'fail', message, hint: gone };
  }
  if (permission === undefined)
    return { name: 'permission', state: 'unknown', message: `What ${login} may do is not known yet.` };
  if (permission.admin) return { name: 'permission', state: 'ok', message: `${login} administers ${place}.` };
  const hint = `Give ${login} admin rights there, or let somebody who has them call POST /api/repos/${repo.slug}/chown.`;
  if (!permission.read)
    return { name: 'permission', state: 'fail', message: `${login} has no access to ${place}.`, hint };
  const message = `${login} does not administer ${place}, so the webhook cannot be repaired.`;
  return { name: 'permission', state: 'warn', message, hint };
}

function checkHook({ health, webhooks, repo }: HealthFacts): HealthCheck {
  const { title, target } = webhooks;
  const hint = `Call POST /api/repos/${repo.slug}/repair, which installs it anew.`;
  switch (health.hookState) {
    case 'present':
      if (health.hookMessage === '')
        return { name: 'hook', state: 'ok', message: `${title} has the webhook to ${target}.` };
      return { name: 'hook', state: 'warn', message: health.hookMessage, hint };
    case 'missing':
      return {
        name: 'hook',
        state: 'fail',
        message: health.hookMessage || `${title} has no webhook to ${target}.`,
        hint,
      };
    case 'refused':
      return { name: 'hook', state: 'fail', message: health.hookMessage, hint };
    default:
      return { name: 'hook', state: 'unknown', message: 'Nobody has looked for the webhook yet.', hint };
  }
}

/** Secrets of webhooks are not in them, but what they tell is (scm.md 4.6). */
function checkAddress({ webhooks: { target, title } }: HealthFacts): HealthCheck | undefined {
  const url = new URL(target);
  const local = localHostOf(target);
  if (local === undefined && url.protocol === 'http:') {
    return {
      name: 'address',
      state: 'warn',
      message: `${title} sends webhooks to ${target} unencrypted.`,
      hint: 'Put the server behind HTTPS and set DRONE_SERVER_PROTO=https, then repair the repository.',
    };
  }
  if (local === undefined || !/^(localhost|.*\.localhost|127\..*|::1)$/.test(local)) return undefined;
  return {
    name: 'address',
    state: 'info',
    message: `Webhooks go to ${url.host}: only a ${title} on this very machine reaches it.`,
    hint: 'Set DRONE_SERVER_HOST to a name by which the Git service reaches this server, or poll with SORTIE_POLL_INTERVAL.',
  };
}

function checkDelivery(facts: HealthFacts): HealthCheck {
  const { health, webhooks, pollSeconds, now } = facts;
  const { title, target, hint } = webhooks;
  const { lastDelivery, missed } = health;
  const isOverdue = missed.some(({ since }) => now - since >= OVERDUE_SECONDS && lastDelivery < since);
  if (lastDelivery > 0 && !isOverdue)
    return { name: 'delivery', state: 'ok', message: `${title} has delivered webhooks.` };
  const remedy =
    hint ??
    `Push something. If nothing arrives, the page of the webhook at ${title} says why; ${target} must be reachable from there.`;
  if (pollSeconds > 0) {
    const message = `No webhook arrives; ${title} is asked every ${pollSeconds} s instead.`;
    return { name: 'delivery', state: 'info', message, hint: remedy };
  }
  if (isOverdue) {
    const message = `${title} has taken a push, but no webhook about it has arrived.`;
    return { name: 'delivery', state: 'fail', message, hint: remedy };
  }
  const message = 'No webhook has arrived yet, so nothing proves that they can.';
  return { name: 'delivery', state: 'warn', message, hint: remedy };
}

function checkRefs({ health, webhooks, repo }: HealthFacts): HealthCheck {
  const { missed } = health;
  if (health.reconciled === 0)
    return { name: 'refs', state: 'unknown', message: 'The refs have not been compared yet.' };
  if (missed.length === 0)
    return { name: 'refs', state: 'ok', message: 'No branch or tag has moved without a delivery.' };
  const names = missed.slice(0, 3).map(({ ref }) => ref);
  const more = missed.length > names.length ? ` and ${missed.length - names.length} more` : '';
  return {
    name: 'refs',
    state: 'warn',
    message: `${names.join(', ')}${more} moved at ${webhooks.title} without a delivery.`,
    hint: `POST /api/repos/${repo.slug}/reconcile builds what was missed.`,
  };
}

function checkClone({ repo, webhooks: { cloneObstacle } }: HealthFacts): HealthCheck | undefined {
  if (cloneObstacle === undefined || !repo.isPrivate) return undefined;
  return {
    name: 'clone',
    state: 'fail',
    message: cloneObstacle,
    hint: 'Set DRONE_GIT_USERNAME and DRONE_GIT_PASSWORD to an account that may read the repository.',
  };
}

function checkStatuses({ webhooks: { hasStatuses, title } }: HealthFacts): HealthCheck {
  if (hasStatuses)
    return { name: 'statuses', state: 'ok', message: `Results are shown at the commits of ${title}.` };
  return {
    name: 'statuses',
    state: 'info',
    message: `${title} has no commit statuses: results are shown here only.`,
  };
}
