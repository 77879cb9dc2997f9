import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { signingTokenOf } from '@sortie/scm/gitlab/webhook';
import {
  type DeliveringService,
  deliveriesOf,
  deliveryOf,
  pushOf,
  SERVICES,
} from '@sortie/scm/hooks/test-deliveries';
import type { ServiceKind } from '../config-services.ts';
import { listBuilds } from '../store/builds.ts';
import { listDeliveries } from '../store/deliveries.ts';
import { noteHook } from '../store/repo-health.ts';
import { openServicesWorld, type ServicesWorld } from './hook-services.fixture.ts';
import { signedHeaders, toBytes } from './hook-world.fixture.ts';

const NAMES = ['gitea', 'github', 'gitlab', 'bitbucket', 'stash'] as const;

function serviceNamed(name: string): DeliveringService {
  const found = SERVICES.find((service) => service.name === name);
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
}

/** The repository of a fixture, made at its first use. */
function repoMaker(world: ServicesWorld, kind: ServiceKind) {
  const known = new Map<string, ReturnType<ServicesWorld['addHooked']>>();
  return (uid: string) => {
    const made = known.get(uid) ?? world.addHooked(kind, uid);
    known.set(uid, made);
    return made;
  };
}

/** A new id, under whatever name the service gives it. */
function withFreshId(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value === 'd-1' ? randomUUID() : value]),
  );
}

for (const name of NAMES) {
  test(`[scm M30] [scm M31] [scm M32] [scm M33] [scm M34] [scm M35] [scm M36] [scm M37] [scm M38] [scm M40] every fixture of ${name} ends as it should`, async (t) => {
    const world = await openServicesWorld(t);
    const service = serviceNamed(name);
    const repoOf = repoMaker(world, name);
    for (const fixture of deliveriesOf(service)) {
      const bytes = toBytes(fixture.body);
      const unsigned = service.open({ headers: service.headers(fixture.event, bytes, ''), rawBody: bytes });
      if (unsigned.kind !== 'opened') {
        const answer = await world.post(service.headers(fixture.event, bytes, 'x'), bytes);
        assert.equal(answer.statusCode, 200, fixture.name);
        continue;
      }
      const { repo, signer } = await repoOf(unsigned.uid);
      const before = (await listDeliveries(world.db, repo.id, { limit: 500 })).length;
      const answer = await world.post(withFreshId(service.headers(fixture.event, bytes, signer)), bytes);
      assert.ok(
        [200, 204].includes(answer.statusCode),
        `${fixture.name} ${answer.statusCode} ${answer.body}`,
      );
      const after = await listDeliveries(world.db, repo.id, { limit: 500 });
      const fresh = after.slice(0, after.length - before).reverse();
      assert.equal(fresh.length, Math.max(fixture.expect.length, 1), fixture.name);
      const [only, ...others] = fixture.expect;
      const isRemoval = only?.kind === 'branchDeleted' || only?.kind === 'pullClosed';
      if (others.length === 0) assert.equal(answer.statusCode, isRemoval ? 204 : 200, fixture.name);
      for (const [index, expected] of fixture.expect.entries()) {
        // Nobody can be asked here, so what would be built ends in a build that says so, or was to be skipped.
        const isBuild = ['error-build', 'skipped'].includes(fresh[index]?.verdict ?? '');
        assert.equal(isBuild, expected.kind === 'build', `${fixture.name} ${JSON.stringify(fresh[index])}`);
      }
    }
  });
}

test('[scm V16] with all services connected each is known by its own headers', async (t) => {
  const world = await openServicesWorld(t);
  const hooked = new Map<string, Awaited<ReturnType<ServicesWorld['addHooked']>>>();
  for (const service of SERVICES) {
    const kind = service.name === 'forgejo' ? 'gitea' : (service.name as ServiceKind);
    const { event, body } = pushOf(service);
    const bytes = toBytes(body);
    const opened = service.open({ headers: service.headers(event, bytes, ''), rawBody: bytes });
    if (opened.kind !== 'opened') throw new Error('the fixture cannot be opened');
    const { repo, signer } = hooked.get(kind) ?? (await world.addHooked(kind, opened.uid));
    hooked.set(kind, { repo, signer });
    const headers = withFreshId(service.headers(event, bytes, signer));
    assert.equal((await world.post(headers, bytes)).statusCode, 200, service.name);
    assert.notEqual((await listBuilds(world.db, repo.id, { limit: 10 })).length, 0, service.name);
  }
  const gogs = await world.addHooked('gogs', '4711');
  const body = toBytes({
    ref: 'refs/notes/x',
    after: 'a'.repeat(40),
    repository: { id: 4711, full_name: 'octocat/x' },
  });
  const answer = await world.post(signedHeaders('push', body, gogs.signer), body);
  assert.deepEqual([answer.statusCode, Object.keys(answer.json<object>())], [200, ['ignored']]);
});

test('[scm V17] [scm V19] [scm V24] [scm X2] [scm X3] old and missing proofs of other services', async (t) => {
  const world = await openServicesWorld(t);
  const github = serviceNamed('github');
  const push = pushOf(github);
  const bytes = toBytes(push.body);
  const opened = github.open({ headers: github.headers('push', bytes, ''), rawBody: bytes });
  if (opened.kind !== 'opened') throw new Error('the fixture cannot be opened');
  const { signer } = await world.addHooked('github', opened.uid);
  const { 'x-hub-signature-256': _strong, ...weak } = github.headers('push', bytes, signer);
  assert.equal((await world.post(weak, bytes)).statusCode, 400);
  const gitlab = serviceNamed('gitlab');
  const pipeline = deliveryOf(gitlab, 'pipeline-hook');
  const { 'x-gitlab-token': _token, ...anonymous } = gitlab.headers(
    pipeline.event,
    toBytes(pipeline.body),
    '',
  );
  assert.equal((await world.post(anonymous, toBytes(pipeline.body))).statusCode, 400);
  const ping = { 'x-event-key': 'diagnostics:ping', 'x-request-id': 'p-1' };
  assert.equal((await world.post(ping, toBytes({ test: true }))).statusCode, 200);
});

test('[scm V18] [scm X3] where GitLab has signed once its bare token counts no more, until the hook is made anew', async (t) => {
  const world = await openServicesWorld(t);
  const gitlab = serviceNamed('gitlab');
  const { event, body } = deliveryOf(gitlab, 'pipeline-hook');
  const bytes = toBytes(body);
  const bare = (secret: string) => withFreshId(gitlab.headers(event, bytes, secret));
  const opened = gitlab.open({ headers: bare(''), rawBody: bytes });
  if (opened.kind !== 'opened') throw new Error('the fixture cannot be opened');
  const { repo, signer } = await world.addHooked('gitlab', opened.uid);
  const post = async (headers: Record<string, string>) => (await world.post(headers, bytes)).statusCode;
  const signed = (secret: string, at: number) => {
    const [id, time] = [randomUUID(), String(at)];
    const key = Buffer.from(signingTokenOf(secret).slice('whsec_'.length), 'base64');
    const hmac = createHmac('sha256', key).update(`${id}.${time}.`).update(bytes).digest('base64');
    const signature = { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': `v1,${hmac}` };
    return { ...bare(signer), ...signature };
  };
  assert.equal(await post(bare(signer)), 200);
  assert.equal(await post(signed('another', world.now())), 400);
  assert.equal(await post(bare(signer)), 200, 'a wrong signature says nothing of the service');
  assert.equal(await post(signed(signer, world.now())), 200);
  assert.equal(await post(bare(signer)), 400);
  assert.equal(await post(signed(signer, world.now() - 301)), 400);
  assert.equal(await post(signed(signer, world.now())), 200);
  await noteHook(world.db, repo.id, { hookInstalled: world.now() });
  assert.equal(await post(bare(signer)), 200);
});

test('[scm V16] a webhook at the address of one service belongs to that service, whatever its headers say', async (t) => {
  const world = await openServicesWorld(t);
  const gitea = serviceNamed('gitea');
  const { event, body } = pushOf(gitea);
  const bytes = toBytes(body);
  const opened = gitea.open({ headers: gitea.headers(event, bytes, ''), rawBody: bytes });
  if (opened.kind !== 'opened') throw new Error('the fixture cannot be opened');
  const { repo, signer } = await world.addHooked('gitea', opened.uid);
  const other = await world.addHooked('github', opened.uid);
  const post = async (url: string, secret: string) => {
    const headers = withFreshId(gitea.headers(event, bytes, secret));
    return (await world.app.inject({ method: 'POST', url, headers, payload: bytes })).statusCode;
  };
  const arrived = async ({ id }: { readonly id: number }) =>
    (await listDeliveries(world.db, id, { limit: 9 })).length;
  assert.equal(await post('/hook/gitea', signer), 200);
  assert.equal(await post('/hook/github', signer), 400, 'the secret of another service');
  assert.deepEqual([await arrived(repo), await arrived(other.repo)], [1, 0]);
  assert.equal(await post('/hook/github', other.signer), 200);
  assert.deepEqual([await arrived(repo), await arrived(other.repo)], [1, 1]);
  assert.equal(await post('/hook/builtin', signer), 404);
  assert.equal(await post('/hook/nowhere', signer), 404);
});

test('[scm V16] a service that is not connected is never taken', async (t) => {
  const world = await openServicesWorld(t, ['github']);
  const gitlab = serviceNamed('gitlab');
  const { event, body } = pushOf(gitlab);
  const answer = await world.post(gitlab.headers(event, toBytes(body), 'x'), toBytes(body));
  assert.deepEqual(
    [answer.statusCode, answer.json()],
    [400, { message: 'no event header of a connected Git service' }],
  );
});
