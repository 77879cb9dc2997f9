import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aRunner, TEST_KEY } from '@sortie/testing/domain-builders';
import { createHttpWorld } from '@sortie/testing/http-world';
import { AT_ONCE, aStageReport } from '@sortie/testing/queue-world';
import { createSealer } from '../seal/sealer.ts';
import { findRunner } from '../store/runners.ts';

const KEY = Buffer.from('a private key').toString('base64');
const CERTIFICATE = Buffer.from('a certificate').toString('base64');

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  const send = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) =>
    world.app.inject({ method, url: `/api/nodes${path}`, headers, ...(body && { payload: body }) });
  return { world, send };
}

test('[api listNodes] a runner that has asked for work is a node, idle, busy, draining, then lost', async (t) => {
  const { world, send } = await open(t);
  const state = async () => (await send('GET', '')).json().map((node: { state: string }) => node.state);
  assert.deepEqual(await state(), []);
  await world.queue.request(aRunner(), AT_ONCE);
  assert.deepEqual(await state(), ['idle']);
  await world.start();
  const assignment = await world.queue.request(aRunner(), AT_ONCE);
  assert.deepEqual(await state(), ['busy']);
  await send('PATCH', '/runner-1', { paused: true });
  assert.deepEqual(await state(), ['draining']);
  assert.ok(assignment);
  await world.queue.begin(assignment.lease, []);
  await world.queue.finish(assignment.lease, aStageReport());
  assert.deepEqual(await state(), ['idle']);
  world.advance(121_000);
  assert.deepEqual(await state(), ['lost']);
});

test('[api getNode] a node has every member of the old shape', async (t) => {
  const { world, send } = await open(t);
  await world.queue.request(aRunner({ labels: { gpu: 'yes' }, capacity: 3 }), AT_ONCE);
  assert.deepEqual((await send('GET', '/runner-1')).json(), {
    id: 1,
    uid: '',
    provider: '',
    state: 'idle',
    name: 'runner-1',
    image: '',
    region: '',
    size: '',
    os: 'linux',
    arch: 'amd64',
    kernel: '',
    variant: '',
    address: '',
    capacity: 3,
    filters: [],
    labels: { gpu: 'yes' },
    error: '',
    ca_key: null,
    ca_cert: null,
    tls_key: null,
    tls_cert: null,
    tls_name: '',
    paused: false,
    protected: false,
    created: world.now(),
    updated: world.now(),
  });
  assert.equal((await send('GET', '/nobody')).statusCode, 404);
});

test('[api createNode] a node is written down once, and its private keys are sealed and never shown', async (t) => {
  const { world, send } = await open(t);
  const made = await send('POST', '', {
    name: 'agent-1',
    provider: 'amazon',
    state: 'running',
    os: 'linux',
    arch: 'arm64',
    capacity: 2,
    filters: ['octocat/*'],
    labels: { gpu: 'no' },
    ca_key: KEY,
    tls_key: KEY,
    ca_cert: CERTIFICATE,
    tls_name: 'agent',
    uid: null,
  });
  assert.equal(made.statusCode, 200);
  const node = made.json();
  assert.deepEqual(
    [node.id, node.name, node.provider, node.state, node.arch, node.capacity, node.filters, node.uid],
    [1, 'agent-1', 'amazon', 'running', 'arm64', 2, ['octocat/*'], ''],
  );
  assert.deepEqual([node.ca_key, node.tls_key, node.ca_cert], [null, null, CERTIFICATE]);
  const stored = await findRunner(world.db, 'agent-1');
  const sealed = stored?.details.tlsKeySealed ?? '';
  assert.equal(createSealer([TEST_KEY]).open(sealed, 'runners.details:agent-1'), KEY);
  assert.ok(!JSON.stringify(stored).includes(KEY));
  const again = await send('POST', '', { name: 'agent-1' });
  assert.deepEqual([again.statusCode, again.json().error_code], [409, 'already-exists']);
  assert.equal((await send('POST', '', { name: 'agent-2' })).json().id, 2);
});

test('[api createNode] a node needs a usable name, and keys in base64', async (t) => {
  const { send } = await open(t);
  for (const body of [
    {},
    { name: '' },
    { name: ' x' },
    { name: 'a\nb' },
    { name: 'x', ca_key: 'not base64!' },
  ]) {
    assert.equal((await send('POST', '', body)).statusCode, 400, JSON.stringify(body));
  }
});

test('[api updateNode] null and absent members stay, and a paused runner is handed nothing', async (t) => {
  const { world, send } = await open(t);
  await world.queue.request(aRunner(), AT_ONCE);
  await send('PATCH', '/runner-1', { provider: 'amazon', tls_key: KEY, error: 'x' });
  const paused = await send('PATCH', '/runner-1', { paused: true, provider: null, tls_key: null, error: '' });
  assert.deepEqual([paused.json().paused, paused.json().provider, paused.json().error], [true, 'amazon', '']);
  assert.notEqual((await findRunner(world.db, 'runner-1'))?.details.tlsKeySealed, '');
  const { build } = await world.start();
  assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
  const waiting = world.queue.request(aRunner(), { ...AT_ONCE, waitMs: 600_000 });
  await send('PATCH', '/runner-1', { paused: false });
  assert.equal((await waiting)?.build.id, build.id);
  assert.equal((await send('PATCH', '/nobody', {})).statusCode, 404);
});

test('[api deleteNode] a protected node stays until its protection is taken away', async (t) => {
  const { send } = await open(t);
  await send('POST', '', { name: 'agent-1', protected: true });
  const refused = await send('DELETE', '/agent-1');
  assert.deepEqual([refused.statusCode, refused.json().error_code], [409, 'node-protected']);
  await send('PATCH', '/agent-1', { protected: false });
  assert.equal((await send('DELETE', '/agent-1')).statusCode, 204);
  assert.equal((await send('DELETE', '/agent-1')).statusCode, 404);
});

test('a runner takes the place of a node of its name and keeps what was written of it', async (t) => {
  const { world, send } = await open(t);
  await send('POST', '', { name: 'runner-1', provider: 'amazon', paused: true });
  await world.start();
  assert.equal(await world.queue.request(aRunner(), AT_ONCE), undefined);
  const node = (await send('GET', '/runner-1')).json();
  assert.deepEqual([node.state, node.provider, node.os, node.paused], ['idle', 'amazon', 'linux', true]);
});

test('[api listNodes] [api createNode] [api getNode] [api updateNode] [api deleteNode] only administrators may', async (t) => {
  const { world } = await open(t);
  const headers = await world.bearer(await world.addUser());
  for (const [method, url] of [
    ['GET', '/api/nodes'],
    ['POST', '/api/nodes'],
    ['GET', '/api/nodes/x'],
    ['PATCH', '/api/nodes/x'],
    ['DELETE', '/api/nodes/x'],
  ] as const) {
    assert.equal((await world.app.inject({ method, url })).statusCode, 401);
    assert.equal((await world.app.inject({ method, url, headers })).statusCode, 403);
  }
});
