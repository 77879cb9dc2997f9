import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { TIP } from '@sortie/testing/fake-forge-state';
import { member } from '../fields.ts';
import { ALIVE, HOOK, openDriver } from '../rest/test-drivers.ts';

/** `acme/rocket` is known here as `acme/glider`, its name before somebody renamed it at Gitea. */
async function openRenamed(t: TestContext) {
  const open = await openDriver('gitea');
  t.after(() => open.close());
  const [repo] = open.fake.state.repos;
  assert.ok(repo);
  repo.formerSlug = 'acme/glider';
  return { ...open, repo };
}

it('a webhook is installed, changed and removed under the old name of a renamed repository', async (t) => {
  const { driver, repo } = await openRenamed(t);
  const { id } = await driver.createHook(ALIVE, 'acme/glider', HOOK);
  assert.deepEqual(
    repo.hooks.map((hook) => String(hook.id)),
    [id],
  );
  await driver.updateHook(ALIVE, 'acme/glider', id, { ...HOOK, isActive: false });
  await driver.deleteHook(ALIVE, 'acme/glider', { id });
  assert.deepEqual(repo.hooks, []);
});

it('a status arrives under the old name of a renamed repository', async (t) => {
  const { driver, fake } = await openRenamed(t);
  const about = {
    title: 'default',
    description: 'passed',
    link: 'https://ci.test/1',
    ref: 'refs/heads/main',
  };
  const status = { state: 'success', label: 'ci/push', ...about } as const;
  await driver.createStatus(ALIVE, 'acme/glider', TIP, status);
  assert.deepEqual(
    fake.state.statuses.map(({ path }) => path),
    [`/api/v1/repos/acme/rocket/statuses/${TIP}`],
  );
});

it('no test delivery is asked for while the repository is empty', async (t) => {
  const { driver, fake, close } = await openDriver('gitea');
  t.after(() => close());
  const { id } = await driver.createHook(ALIVE, 'acme/void', HOOK);
  await driver.testHook(ALIVE, 'acme/void', id);
  assert.equal(
    fake.calls.some(({ path }) => path.endsWith('/tests')),
    false,
  );
});

it('[scm H6] a change leaves the secret of a webhook as it is, so a new secret comes with a new webhook', async (t) => {
  const { driver, repo } = await openRenamed(t);
  const secrets = () =>
    repo.hooks.map(({ body }) => [member(body, 'config', 'secret'), member(body, 'active')]);
  const older = await driver.createHook(ALIVE, repo.slug, HOOK);
  await driver.updateHook(ALIVE, repo.slug, older.id, { ...HOOK, secret: 'second', isActive: false });
  assert.deepEqual(secrets(), [[HOOK.secret, false]]);
  assert.equal(driver.supports('rotateHookSecret'), false);
  await driver.createHook(ALIVE, repo.slug, { ...HOOK, secret: 'second', besideOthers: true });
  assert.deepEqual(secrets(), [
    [HOOK.secret, false],
    ['second', true],
  ]);
  await driver.createHook(ALIVE, repo.slug, { ...HOOK, secret: 'third' });
  assert.deepEqual(secrets(), [['third', true]]);
});
