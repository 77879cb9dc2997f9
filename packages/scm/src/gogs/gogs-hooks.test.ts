import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { failsWith } from '@sortie/testing/scm-contract';
import type { HookOptions } from '../driver.ts';
import type { ScmToken } from '../objects.ts';
import { parseGogsWebhook } from './gogs-webhook-map.ts';
import { type GogsWorld, openGogsWorld } from './gogs-world.fixture.ts';

const SLUG = 'ada/rocket';
const SECRET = 'the-secret-of-the-repository';

interface Receiver {
  readonly url: string;
  readonly kinds: string[];
  readonly server: Server;
}

/** Listens for webhooks and notes what they are. */
async function openReceiver(link: () => string): Promise<Receiver> {
  const kinds: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const place = { link: link(), origins: [new URL(link()).origin] };
      const event = parseGogsWebhook(
        { headers: request.headers, rawBody: Buffer.concat(chunks) },
        [SECRET],
        place,
      );
      kinds.push(event.kind === 'build' ? event.event : event.kind);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, kinds, server };
}

describe('hooks of Gogs', () => {
  let world: GogsWorld;
  let ada: ScmToken;
  let receiver: Receiver;
  let options: HookOptions;
  beforeEach(async () => {
    world = await openGogsWorld();
    world.fake.addRepo(SLUG);
    ada = world.token('ada');
    receiver = await openReceiver(() => world.fake.url);
    options = {
      target: receiver.url,
      secret: SECRET,
      events: ['branch', 'deployment', 'push', 'tag', 'pull_request'],
      skipVerify: false,
    };
  });
  afterEach(async () => {
    receiver.server.closeAllConnections();
    await new Promise<void>((resolve) => receiver.server.close(() => resolve()));
    await world.close();
  });
  const hooks = () => world.fake.state.repos[0]?.hooks ?? [];

  it('[scm H1] [scm X9] registers one active JSON hook with five events and no query', async () => {
    const hook = await world.driver.createHook(ada, SLUG, options);
    assert.deepEqual([hook.active, hook.target], [true, receiver.url]);
    const [kept] = hooks();
    assert.deepEqual([kept?.contentType, kept?.secret, kept?.active], ['json', SECRET, true]);
    assert.deepEqual([...hook.events].sort(), ['create', 'delete', 'pull_request', 'push', 'release']);
    await failsWith(
      world.driver.createHook(ada, SLUG, { ...options, target: `${receiver.url}?secret=x` }),
      'validation',
    );
    await failsWith(world.driver.createHook(ada, SLUG, { ...options, secret: '' }), 'validation');
  });

  it('[scm H2] [scm H6] a repair registers the new hook before it removes the old ones', async () => {
    await world.driver.createHook(ada, SLUG, options);
    await world.driver.createHook(ada, SLUG, { ...options, secret: 'rotated' });
    assert.deepEqual(
      hooks().map(({ secret }) => secret),
      ['rotated'],
    );
    const methods = world.fake.requests.map(({ method }) => method);
    assert.ok(methods.lastIndexOf('POST') < methods.lastIndexOf('DELETE'));
  });

  it('[scm H3] [scm X32] hooks of others on the same host stay', async () => {
    const other = { ...options, target: receiver.url.replace('/hook', '/other') };
    await world.driver.createHook(ada, SLUG, other);
    hooks().push({
      id: 99,
      url: `${receiver.url}?secret=of-drone`,
      contentType: 'json',
      secret: '',
      events: [],
      active: true,
    });
    await world.driver.createHook(ada, SLUG, options);
    assert.deepEqual(
      hooks().map(({ url }) => url),
      [other.target, receiver.url],
    );
  });

  it('[scm H4] removal takes our hook only and succeeds without one', async () => {
    await world.driver.createHook(ada, SLUG, options);
    await world.driver.deleteHook(ada, SLUG, { target: receiver.url });
    await world.driver.deleteHook(ada, SLUG, { target: receiver.url });
    assert.equal(hooks().length, 0);
    await failsWith(world.driver.deleteHook(ada, SLUG, { id: '../1' }), 'validation');
  });

  it('[scm H5] whoever is no administrator is told so', async () => {
    world.fake.setMode(SLUG, 'bob', 'write');
    const message = /You need admin rights on the Git host/;
    await assert.rejects(world.driver.createHook(world.token('bob'), SLUG, options), message);
    await assert.rejects(world.driver.createHook(ada, 'ada/none', options), /was not found on the Git host/);
  });

  it('an update names all events, because Gogs would reset them', async () => {
    const { id } = await world.driver.createHook(ada, SLUG, options);
    const hook = await world.driver.updateHook(ada, SLUG, id, options);
    assert.equal(hook.events.length, 5);
  });

  it('[scm H7] a target that Gogs may block comes with a hint, and deliveries arrive after the setting was changed', async () => {
    world.fake.traps.blocksLocalNetwork = true;
    await world.driver.createHook(ada, SLUG, options);
    assert.match(
      world.driver.hookHint(options.target) ?? '',
      /Add `127.0.0.1` to `\[security\] LOCAL_NETWORK_ALLOWLIST`/,
    );
    for (const local of [
      'http://localhost:8080/hook',
      'http://ci/hook',
      'http://10.1.2.3/hook',
      'http://[::1]/hook',
    ])
      assert.notEqual(world.driver.hookHint(local), undefined, local);
    assert.equal(world.driver.hookHint('https://ci.example.test/hook'), undefined);
    world.fake.push(SLUG);
    await world.fake.settled();
    assert.deepEqual(receiver.kinds, []);
    world.fake.traps.localAllowlist.push('127.0.0.1');
    world.fake.restart();
    await world.fake.settled();
    assert.deepEqual(receiver.kinds, ['ignored', 'push']);
  });

  it('what the fake delivers is verified and mapped', async () => {
    await world.driver.createHook(ada, SLUG, options);
    world.fake.push(SLUG);
    world.fake.push(SLUG, { branch: 'feature', message: 'a <b> & c' });
    world.fake.tag(SLUG, 'v1', { isAnnotated: true });
    world.fake.openPull(SLUG, { head: 'feature' });
    world.fake.push(SLUG, { branch: 'feature' });
    world.fake.mergePull(SLUG, 1, 'bob');
    world.fake.deleteBranch(SLUG, 'feature');
    world.fake.release(SLUG, 'v2');
    world.fake.testHook(SLUG);
    await world.fake.settled();
    const expected = ['ignored', 'push', 'ignored', 'push', 'tag', 'pull_request', 'push', 'pull_request'];
    assert.deepEqual(receiver.kinds, [...expected, 'pullClosed', 'push', 'branchDeleted', 'tag', 'push']);
    const [first] = world.fake.deliveries;
    assert.equal(first?.status, 200);
    world.fake.redeliver(first?.uuid ?? '');
    await world.fake.settled();
    assert.equal(receiver.kinds.length, 14);
  });
});
