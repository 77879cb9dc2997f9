import { setTimeout as pause } from 'node:timers/promises';
import type { Delivery } from '@sortie/core/delivery';
import type { HookEvent, OpenedWebhook, VerifiedWebhook, WebhookRequest } from '@sortie/scm/hook-event';
import type { Sealer } from '../seal/sealer.ts';
import type { Db } from '../store/db.ts';
import { listDeliveriesOfKeys } from '../store/deliveries.ts';
import { findHookedRepo, type HookedRepo } from '../store/hook-repos.ts';
import { noteSigning } from '../store/repo-health.ts';
import { followHook } from './follow-hook.ts';
import type { GitService, GitServices, TokenBroker } from './git-service.ts';
import type { HookArrivals } from './hook-arrivals.ts';
import { redactHeaders } from './hook-headers.ts';
import type { HookRepeats } from './hook-repeats.ts';
import type { HookSecrets } from './hook-secrets.ts';
import { serviceOfHook } from './hook-service.ts';
import { findEarlier, reopenFailed, storeHook } from './store-hook.ts';
import { isSigned, verifyHook } from './verify-hook.ts';
import type { DeliveryWorker } from './work-off-deliveries.ts';

export interface ReceiveHookDeps {
  readonly db: Db;
  readonly sealer: Sealer;
  /** Unix seconds. */
  readonly now: () => number;
  readonly services: GitServices;
  readonly broker: TokenBroker;
  readonly secrets: HookSecrets;
  readonly repeats: HookRepeats;
  readonly arrivals: HookArrivals;
  readonly worker: DeliveryWorker;
  /** `DRONE_REPOSITORY_IGNORE`: whether webhooks of the slug lead to nothing. */
  readonly isIgnored: (slug: string) => boolean;
  /** How long an answer waits for its build. */
  readonly waitMs: number;
}

export interface HookCall extends WebhookRequest {
  /** `?access_token=` of the forms of 0.5; empty = none. */
  readonly token: string;
  /** Name of the connection that it is addressed to; the headers say which one it is unless given. */
  readonly service?: string;
}

/** How a webhook ends. */
export type HookResult =
  | {
      readonly kind: 'refused';
      readonly status: 400 | 404 | 413 | 415;
      readonly message: string;
      /** For the log only. */
      readonly note?: string;
    }
  /** The same body came too often; try again after so many seconds. */
  | { readonly kind: 'too-often'; readonly seconds: number }
  /** Nothing was stored: the event needs no signature because nothing follows from it. */
  | { readonly kind: 'ignored'; readonly reason: string }
  /** Stored; `deliveries` are as they are now, unfinished where the work goes on behind the answer. */
  | { readonly kind: 'stored'; readonly deliveries: readonly Delivery[] };

type Refused = Extract<HookResult, { kind: 'refused' }>;

const UNVERIFIED = refused(400, 'invalid signature or unknown repository');
/** With more under way than this, nobody is kept waiting: the answer comes at once. */
const CROWD = 4;

/**
 * Takes a webhook (scm.md 4.4): signature before anything else, stored before anything is done, and the work behind the
 * answer unless it is done at once. Throws only when the store fails.
 */
export async function receiveHook(deps: ReceiveHookDeps, call: HookCall): Promise<HookResult> {
  const isAddressed = call.service !== undefined;
  const service = isAddressed
    ? deps.services.byName(call.service)
    : serviceOfHook(deps.services, call.headers);
  if (service === undefined && isAddressed) return refused(404, 'no Git service of this name is connected');
  if (service === undefined) return refused(400, 'no event header of a connected Git service');
  const opened = service.driver.openWebhook(call);
  if (opened.kind === 'refused') return refused(opened.status, opened.message);
  if (opened.kind === 'ignored') return opened;
  const found = await findHookedRepo(deps.db, service.connection.id, opened.uid);
  const proof = { service, opened, found, token: call.token, now: deps.now() };
  const verified = verifyHook(deps.secrets, proof);
  if (verified === undefined || found === undefined) return { ...UNVERIFIED, ...noteOf(service, opened) };
  if (!found.isSigning && isSigned(proof)) await noteSigning(deps.db, found.repo.id);
  return take(deps, { service, found, verified });
}

/** Gogs 0.9 wrote the secret into the body and signed nothing; that proves nothing to anybody. */
function noteOf({ connection }: GitService, { headers, body }: OpenedWebhook): { readonly note?: string } {
  const isOld = connection.kind === 'gogs' && headers['x-gogs-signature'] === undefined;
  return isOld && typeof body.secret === 'string' ? { note: 'Gogs too old: no signature' } : {};
}

interface Genuine {
  readonly service: GitService;
  readonly found: HookedRepo;
  readonly verified: VerifiedWebhook;
}

async function take(deps: ReceiveHookDeps, { service, found, verified }: Genuine): Promise<HookResult> {
  const { repo } = found;
  const mapping = service.driver.mapWebhook(verified);
  const leftOut = whyLeftOut(deps, found);
  if (mapping.kind === 'refused' && leftOut === undefined) return refused(mapping.status, mapping.message);
  const events =
    mapping.kind === 'mapped' && mapping.events.length > 0 ? mapping.events : [nothing(verified)];
  await deps.arrivals.note(repo.id);
  const seconds = deps.repeats.takes(repo.id, verified.signedBytes);
  if (seconds !== undefined) {
    const earlier = await earlierOf(deps, found, verified, events);
    return earlier.length > 0 ? again(deps, earlier) : { kind: 'too-often', seconds };
  }
  // Under a key of its own: the same webhook is to be heard when it comes again after an activation.
  if (leftOut !== undefined) return keep(deps, found, { ...verified, deliveryId: '' }, { events, leftOut });
  return keep(deps, found, verified, { events });
}

function whyLeftOut(deps: ReceiveHookDeps, { repo }: HookedRepo): string | undefined {
  if (!repo.isActive) return 'repository inactive';
  return deps.isIgnored(repo.slug) ? 'the settings of the server leave this repository out' : undefined;
}

function nothing({ deliveryId }: OpenedWebhook): HookEvent {
  return { kind: 'ignored', reason: 'nothing has changed', deliveryId };
}

/** A repository that was renamed or moved at the service is so here too, now that the webhook is known to be genuine. */
async function follow(
  deps: ReceiveHookDeps,
  { repo }: Pick<HookedRepo, 'repo'>,
  events: readonly HookEvent[],
): Promise<boolean> {
  const told = events.find((event) => event.repo !== undefined)?.repo;
  if (told === undefined || told.namespace === '' || told.name === '') return true;
  return followHook(deps, repo, told);
}

interface Told {
  readonly events: readonly HookEvent[];
  readonly leftOut?: string;
}

async function keep(
  deps: ReceiveHookDeps,
  { repo }: HookedRepo,
  verified: OpenedWebhook,
  { events, ...rest }: Told,
): Promise<HookResult> {
  const created = deps.now();
  const headers = redactHeaders(verified.headers);
  const place = { repoId: repo.id, created, claimedUntilMs: deps.worker.claimUntilMs(), headers, ...rest };
  const stored = await storeHook(deps.db, verified, events, place);
  if (stored !== undefined) {
    // Only what is new says where the repository is now; a repeat may be an old one.
    const isThere = rest.leftOut !== undefined || (await follow(deps, { repo }, events));
    return isThere ? workOn(deps, stored) : refused(404, 'the repository is gone');
  }
  return again(deps, await earlierOf(deps, { repo }, verified, events));
}

function earlierOf(
  deps: ReceiveHookDeps,
  { repo }: Pick<HookedRepo, 'repo'>,
  opened: OpenedWebhook,
  { length: count }: readonly HookEvent[],
): Promise<readonly Delivery[]> {
  return findEarlier(deps.db, opened, { repoId: repo.id, created: deps.now(), count });
}

/** The same webhook again: what became of it, or another try where it failed. */
async function again(deps: ReceiveHookDeps, earlier: readonly Delivery[]): Promise<HookResult> {
  const reopened = await reopenFailed(deps.db, earlier, deps.worker.claimUntilMs());
  if (reopened.length === 0) return { kind: 'stored', deliveries: earlier };
  const ids = new Set(reopened.map(({ id }) => id));
  return workOn(deps, [...earlier.filter(({ id }) => !ids.has(id)), ...reopened]);
}

async function workOn(deps: ReceiveHookDeps, stored: readonly Delivery[]): Promise<HookResult> {
  const open = stored.filter(({ verdict }) => verdict === 'received');
  if (open.length === 0) return { kind: 'stored', deliveries: stored };
  const { worker, db } = deps;
  const isCrowded = worker.load >= CROWD;
  const settled = worker.add(open);
  if (isCrowded || deps.waitMs === 0) return { kind: 'stored', deliveries: stored };
  const limit = new AbortController();
  const wait = pause(deps.waitMs, undefined, { signal: limit.signal, ref: false }).catch(() => undefined);
  await Promise.race([settled, wait]);
  limit.abort();
  const [first] = stored;
  const keys = stored.map(({ key }) => key);
  const deliveries = first === undefined ? [] : await listDeliveriesOfKeys(db, first.repoId, keys);
  return { kind: 'stored', deliveries };
}

function refused(status: Refused['status'], message: string): Refused {
  return { kind: 'refused', status, message };
}
