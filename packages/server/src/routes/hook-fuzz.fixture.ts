import assert from 'node:assert/strict';
import { deliveriesOf, SERVICES } from '@sortie/scm/hooks/test-deliveries';
import { flipByte, mutate, randomOf } from '@sortie/scm/hooks/test-mutations';
import type { ServiceKind } from '../config-services.ts';
import type { ServicesWorld } from './hook-services.fixture.ts';
import { recordedBody, signedHeaders, toBytes } from './hook-world.fixture.ts';

const GOGS = [
  'push-1-commit',
  'push-form',
  'branch-delete',
  'fork',
  'issue-open',
  'hook-test',
  'pr-open',
  'pr-close',
];
const GOGS_EVENTS = ['push', 'push', 'delete', 'fork', 'issues', 'push', 'pull_request', 'pull_request'];
const ALLOWED = [200, 202, 204, 400, 413, 415, 429];

interface Sample {
  readonly kind: ServiceKind;
  readonly uid: string;
  readonly body: Record<string, unknown>;
  headers(bytes: Uint8Array, secret: string): Record<string, string>;
}

function samples(): readonly Sample[] {
  const others = SERVICES.flatMap((service) =>
    deliveriesOf(service).flatMap(({ event, body }): Sample[] => {
      const rawBody = toBytes(body);
      const opened = service.open({ headers: service.headers(event, rawBody, ''), rawBody });
      const kind = service.name === 'forgejo' ? 'gitea' : (service.name as ServiceKind);
      const uid = opened.kind === 'opened' ? opened.uid : '1';
      return [{ kind, uid, body, headers: (bytes, secret) => service.headers(event, bytes, secret) }];
    }),
  );
  const gogs = GOGS.flatMap((name, at): Sample[] => {
    if (name === 'push-form') return [];
    const body = recordedBody(name);
    const uid = String((body.repository as { id: number }).id);
    return [
      {
        kind: 'gogs',
        uid,
        body,
        headers: (bytes, secret) => signedHeaders(GOGS_EVENTS[at] ?? '', bytes, secret),
      },
    ];
  });
  return [...others, ...gogs];
}

/**
 * Sends every fixture of every service `rounds` times with something changed, signed and not. Nothing may be answered
 * with an error of ours, and no build may come from a body that is not signed.
 */
export async function fuzzHook(world: ServicesWorld, rounds: number, seed: string): Promise<void> {
  const random = randomOf(seed);
  const signers = new Map<string, string>();
  for (const sample of samples()) {
    const place = `${sample.kind} ${sample.uid}`;
    const signer = signers.get(place) ?? (await world.addHooked(sample.kind, sample.uid)).signer;
    signers.set(place, signer);
    for (let round = 0; round < rounds; round += 1) {
      const text = JSON.stringify(sample.body);
      const bytes =
        round % 2 === 0 ? flipByte(text, random) : toBytes(JSON.stringify(mutate(sample.body, random)));
      const what = `seed ${seed}, ${place}, round ${round}`;
      const before = await count(world);
      const forged = await world.post(sample.headers(bytes, 'another secret'), bytes);
      assert.ok(ALLOWED.includes(forged.statusCode), `${what}: ${forged.statusCode} ${forged.body}`);
      assert.equal(await count(world), before, what);
      const answer = await world.post(
        fresh(sample.headers(bytes, signer), `${place} ${round} ${before}`),
        bytes,
      );
      assert.ok(ALLOWED.includes(answer.statusCode), `${what}: ${answer.statusCode} ${answer.body}`);
    }
  }
  await checkUnchanged(world, signers);
  assert.deepEqual(world.failures, [], `seed ${seed}`);
}

/** The control: what is signed and unchanged builds at every service, so that refusing everything is noticed. */
async function checkUnchanged(world: ServicesWorld, signers: ReadonlyMap<string, string>): Promise<void> {
  const built = new Set<ServiceKind>();
  const kinds = new Set<ServiceKind>();
  for (const [at, sample] of samples().entries()) {
    const signer = signers.get(`${sample.kind} ${sample.uid}`) ?? '';
    const bytes = toBytes(JSON.stringify(sample.body));
    const before = await count(world);
    await world.post(fresh(sample.headers(bytes, signer), `control ${at}`), bytes);
    kinds.add(sample.kind);
    if ((await count(world)) > before) built.add(sample.kind);
  }
  assert.deepEqual([...built].sort(), [...kinds].sort());
}

function fresh(headers: Record<string, string>, id: string): Record<string, string> {
  const unique = id.replaceAll(' ', '-');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value === 'd-1' ? unique : value]),
  );
}

async function count({ db }: ServicesWorld): Promise<number> {
  const row = await db
    .selectFrom('builds')
    .select((eb) => eb.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
