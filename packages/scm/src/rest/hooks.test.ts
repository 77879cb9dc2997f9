import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { isScmError } from '../errors.ts';
import { member } from '../fields.ts';
import { signingTokenOf } from '../gitlab/webhook.ts';
import { ALIVE, HOOK, KINDS, type OpenDriver, openDriver } from './test-drivers.ts';

const SLUG = 'acme/rocket';
const EVENTS = {
  gitea: [
    ...['pull_request_sync', 'pull_request_label', 'pull_request_assign', 'pull_request_comment'],
    ...['push', 'create', 'delete', 'pull_request'],
  ],
  github: ['push', 'create', 'delete', 'pull_request', 'deployment'],
  gitlab: ['push_events', 'tag_push_events', 'merge_requests_events'],
  bitbucket: [
    'repo:push',
    'pullrequest:created',
    'pullrequest:updated',
    'pullrequest:fulfilled',
    'pullrequest:rejected',
    'pullrequest:approved',
    'pullrequest:unapproved',
  ],
  stash: [
    'repo:refs_changed',
    'pr:opened',
    'pr:modified',
    'pr:from_ref_updated',
    'pr:merged',
    'pr:declined',
    'pr:deleted',
  ],
} as const;

for (const kind of KINDS) {
  describe(`hooks of ${kind}`, () => {
    let open: OpenDriver;
    before(async () => {
      open = await openDriver(kind);
    });
    after(() => open.close());
    const hooks = () => open.driver.listHooks(ALIVE, SLUG);
    const stored = () => open.fake.state.repos[0]?.hooks ?? [];

    it('[scm H1] [scm X9] enabling makes one active hook with the events and no secret in any address', async () => {
      await open.driver.createHook(ALIVE, SLUG, HOOK);
      const [hook, ...others] = await hooks();
      assert.deepEqual(others, []);
      assert.partialDeepStrictEqual(hook, { target: HOOK.target, active: true, skipVerify: false });
      assert.deepEqual(hook?.events, EVENTS[kind]);
      assert.equal(JSON.stringify(stored()[0]?.body).includes(HOOK.secret), true);
      for (const { path, query } of open.fake.calls)
        assert.equal(`${path}?${query}`.includes(HOOK.secret), false);
    });

    it('[scm H2] [scm H6] enabling again keeps one hook and gives it the new secret', async () => {
      const [before] = await hooks();
      await open.driver.createHook(ALIVE, SLUG, { ...HOOK, secret: 'another-secret' });
      const found = await hooks();
      assert.equal(found.length, 1);
      // One that cannot get another secret is replaced.
      assert.equal(found[0]?.id === before?.id, open.driver.supports('rotateHookSecret'));
      assert.equal(JSON.stringify(stored()[0]?.body).includes('another-secret'), true);
    });

    it('[scm H2] a double of the hook is removed', async () => {
      const [body] = stored().map((hook) => hook.body);
      open.fake.state.repos[0]?.hooks.push({ id: 900, body: { ...body } });
      assert.equal((await hooks()).length, 2);
      await open.driver.createHook(ALIVE, SLUG, HOOK);
      assert.equal((await hooks()).length, 1);
    });

    it('[scm H3] [scm X32] a hook of another tool on the same host stays, and ours goes', async () => {
      const other = { ...HOOK, target: 'https://ci.example.test/other-tool' };
      await open.driver.createHook(ALIVE, SLUG, other);
      await open.driver.deleteHook(ALIVE, SLUG, { target: HOOK.target });
      assert.deepEqual(
        (await hooks()).map(({ target }) => target),
        [other.target],
      );
    });

    it('[scm H4] removing a hook that is gone succeeds', async () => {
      await open.driver.deleteHook(ALIVE, SLUG, { target: HOOK.target });
      await open.driver.deleteHook(ALIVE, SLUG, { id: kind === 'bitbucket' ? '{h-999}' : '999' });
    });

    it('[scm H5] who is no administrator is refused', async () => {
      await assert.rejects(open.driver.createHook(ALIVE, 'acme/seen', HOOK), (error: unknown) =>
        isScmError(error, 'forbidden'),
      );
    });

    it('a hook without a secret, or with one in its address, is never made', async () => {
      const invalid = (error: unknown) => isScmError(error, 'validation');
      await assert.rejects(open.driver.createHook(ALIVE, SLUG, { ...HOOK, secret: '' }), invalid);
      const target = `${HOOK.target}?secret=x`;
      await assert.rejects(open.driver.createHook(ALIVE, SLUG, { ...HOOK, target }), invalid);
    });

    it('[scm H7] an address inside the network gets a hint, a public one none', () => {
      assert.equal(open.driver.hookHint(HOOK.target), undefined);
      assert.match(open.driver.hookHint('http://localhost:8080/hook') ?? '', /localhost/);
    });
  });
}

describe('traps of hook registration', () => {
  it('[scm H8] GitHub says that the hook exists already, and it is updated', async (t) => {
    const open = await openDriver('github');
    t.after(() => open.close());
    await open.driver.createHook(ALIVE, SLUG, HOOK);
    // The list did not show it yet; then the service refuses the second one.
    open.fake.interpose(
      { json: [] },
      { status: 422, json: { message: 'Hook already exists on this repository' } },
    );
    const hook = await open.driver.createHook(ALIVE, SLUG, { ...HOOK, secret: 'another-secret' });
    assert.equal(hook.target, HOOK.target);
    assert.equal(open.fake.state.repos[0]?.hooks.length, 1);
    assert.equal(member(open.fake.state.repos[0]?.hooks[0]?.body, 'config', 'secret'), 'another-secret');
  });

  it('[scm H9] an old Bitbucket Server does not know an event, and gets the hook without it', async (t) => {
    const open = await openDriver('stash', { isOld: true });
    t.after(() => open.close());
    const hook = await open.driver.createHook(ALIVE, SLUG, HOOK);
    assert.equal(hook.events.includes('pr:opened'), true);
    assert.equal(hook.events.includes('pr:from_ref_updated'), false);
  });

  it('[scm H10] GitLab gets token and signing token in a JSON body', async (t) => {
    const open = await openDriver('gitlab');
    t.after(() => open.close());
    await open.driver.createHook(ALIVE, SLUG, HOOK);
    const call = open.fake.calls.find(({ method }) => method === 'POST');
    assert.equal(call?.query.size, 0);
    assert.partialDeepStrictEqual(call?.json, {
      token: HOOK.secret,
      signing_token: signingTokenOf(HOOK.secret),
    });
    assert.match(signingTokenOf(HOOK.secret), /^whsec_[A-Za-z0-9+/]{43}=$/);
  });
});
