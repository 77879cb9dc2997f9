import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import type { FakeHook, FakeRepo } from './state.ts';

export interface FakeDelivery {
  readonly uuid: string;
  readonly event: string;
  readonly hookId: number;
  readonly slug: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** 0 until answered, and when nobody answered. */
  readonly status: number;
  readonly state: 'delivered' | 'blocked' | 'failed';
}

export interface Deliverer {
  readonly deliveries: readonly FakeDelivery[];
  /** Queues one delivery per hook of the repository that wants the event. */
  send(repo: FakeRepo, event: string, payload: unknown): void;
  redeliver(uuid: string): void;
  /** Everything that was blocked comes again, oldest first, under the old ids: as after a restart. */
  retryBlocked(): void;
  /** Resolves when the queue is empty. */
  settled(): Promise<void>;
}

const TIMEOUT = 120_000;

/** One worker for the whole server, strictly in order, and no repeats: as Gogs delivers. */
export function createDeliverer(isBlocked: (url: URL) => boolean): Deliverer {
  const deliveries: FakeDelivery[] = [];
  let queue: Promise<void> = Promise.resolve();
  const enqueue = (delivery: FakeDelivery) => {
    queue = queue.then(async () => {
      const at = deliveries.findIndex((known) => known.uuid === delivery.uuid);
      const answered = await deliver(delivery, isBlocked);
      deliveries.splice(at === -1 ? deliveries.length : at, at === -1 ? 0 : 1, answered);
    });
  };
  return {
    deliveries,
    send(repo, event, payload) {
      for (const hook of repo.hooks) {
        if (hook.active && hook.events.includes(event)) enqueue(compose(repo, hook, event, payload));
      }
    },
    redeliver(uuid) {
      const known = deliveries.find((delivery) => delivery.uuid === uuid);
      if (known === undefined) throw new Error('the fake knows no such delivery');
      enqueue(known);
    },
    retryBlocked() {
      for (const delivery of deliveries.filter(({ state }) => state === 'blocked')) enqueue(delivery);
    },
    settled: () => queue,
  };
}

/** JSON as Go writes it: indented, with `<`, `>` and `&` escaped. */
export function goJson(value: unknown): string {
  const toEscape = (found: string) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, null, 2).replace(/[<>&\u2028\u2029]/g, toEscape);
}

function compose(repo: FakeRepo, hook: FakeHook, event: string, payload: unknown): FakeDelivery {
  const json = goJson(payload);
  const isForm = hook.contentType === 'form';
  const body = isForm ? new URLSearchParams({ payload: json }).toString() : json;
  const uuid = randomUUID();
  const headers = {
    'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'User-Agent': 'GogsServer',
    'X-Github-Delivery': uuid,
    'X-Github-Event': event,
    'X-Gogs-Delivery': uuid,
    'X-Gogs-Event': event,
    'X-Gogs-Signature':
      hook.secret === '' ? '' : createHmac('sha256', hook.secret).update(json).digest('hex'),
  };
  const known = { uuid, event, hookId: hook.id, slug: repo.slug, url: hook.url, headers, body };
  return { ...known, status: 0, state: 'failed' };
}

async function deliver(delivery: FakeDelivery, isBlocked: (url: URL) => boolean): Promise<FakeDelivery> {
  const url = URL.parse(delivery.url);
  if (url === null || isBlocked(url)) return { ...delivery, state: 'blocked' };
  const { promise, resolve } = Promise.withResolvers<FakeDelivery>();
  const options = { method: 'POST', headers: delivery.headers, agent: false, timeout: TIMEOUT };
  const call = request(url, options, (answer) => {
    const status = answer.statusCode ?? 0;
    answer.resume();
    answer.once('close', () => {
      resolve({ ...delivery, status, state: status >= 200 && status < 300 ? 'delivered' : 'failed' });
    });
  });
  call.once('timeout', () => call.destroy(new Error('i/o timeout')));
  call.once('error', () => resolve({ ...delivery, status: 0, state: 'failed' }));
  call.end(delivery.body);
  return promise;
}
