import { randomUUID } from 'node:crypto';
import type { Delivery } from '@sortie/core/delivery';
import type { HookEvent, OpenedWebhook } from '@sortie/scm/hook-event';
import type { NewDelivery } from '../store/deliveries.ts';

/** Where the deliveries of one webhook belong. */
export interface HookPlace {
  readonly repoId: number;
  /** Unix seconds. */
  readonly created: number;
  readonly claimedUntilMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Why nothing follows from any of them, whatever they tell. */
  readonly leftOut?: string;
}

/** The keys of the deliveries of one webhook; random where the service gives no id. */
export function keysOf(deliveryId: string, count: number): readonly string[] {
  const first = deliveryId === '' ? `random:${randomUUID()}` : deliveryId;
  return Array.from({ length: Math.max(count, 1) }, (_, index) =>
    index === 0 ? first : `${first}#${index + 1}`,
  );
}

/** One delivery for each change that a webhook tells of; what is ignored has its verdict at once. */
export function toDeliveries(
  { event: name, deliveryId }: Pick<OpenedWebhook, 'event' | 'deliveryId'>,
  events: readonly HookEvent[],
  place: HookPlace,
): readonly NewDelivery[] {
  const keys = keysOf(deliveryId, events.length);
  const { leftOut, ...columns } = place;
  return events.map((event, index) => ({
    ...columns,
    key: keys[index] ?? '',
    event: name,
    ...describe(event),
    payload: JSON.stringify(event),
    ...(event.kind === 'ignored' ? ignored(event.reason, place.created) : {}),
    ...(leftOut === undefined ? {} : ignored(leftOut, place.created)),
  }));
}

function describe(event: HookEvent): Pick<Delivery, 'ref' | 'before' | 'after' | 'sender'> {
  const nothing = { ref: '', before: '', after: '', sender: '' };
  switch (event.kind) {
    case 'build':
      return { ref: event.ref, before: event.before, after: event.after, sender: event.sender };
    case 'branchDeleted':
      return { ...nothing, ref: `refs/heads/${event.branch}`, sender: event.sender };
    case 'pullClosed':
      return { ...nothing, ref: `refs/pull/${event.pull}/head`, sender: event.sender };
    case 'ignored':
      return nothing;
  }
}

function ignored(message: string, finished: number) {
  return { verdict: 'ignored', message, finished, claimedUntilMs: 0 } as const;
}

/** The event of a stored delivery; `undefined` for a row of something else than a webhook. */
export function eventOf({ payload }: Pick<Delivery, 'payload'>): HookEvent | undefined {
  if (payload === '') return undefined;
  const value: unknown = JSON.parse(payload);
  // Written by `toDeliveries` and by nobody else; pushes to the built-in host have no kind.
  return typeof value === 'object' && value !== null && 'kind' in value ? (value as HookEvent) : undefined;
}
