import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aStep, compilePlan, stepOf } from './compile-context.fixture.ts';
import type { SecretAudience, SecretStores } from './secrets.ts';
import { resolveSecrets, secretEnvironment, secretNames, valuesOfStep } from './secrets.ts';

/** A cipher that anybody can read: what it has to do is to know its own texts. */
const decrypt = (data: string) => (data.startsWith('sealed-') ? data.slice('sealed-'.length) : undefined);
const PUSH: SecretAudience = { isPullRequest: false, sourceRepo: '', isPublic: true };
const PULL_REQUEST: SecretAudience = { isPullRequest: true, sourceRepo: 'octo/hello', isPublic: true };

const TEXT = aStep('environment: {TOKEN: {from_secret: token}}');

/** What the step called `a` sees of its secrets. */
async function seen(stores: SecretStores, audience = PUSH, text = TEXT): Promise<Record<string, string>> {
  const plan = compilePlan(text);
  return secretEnvironment(stepOf(plan, 'a'), await resolveSecrets(plan, stores, audience));
}

const stored = (value: string, allowsPullRequests = false) => ({
  stored: [{ name: 'Token', value, allowsPullRequests }],
});
const inline = (name: string, value: string) => `---\nkind: secret\nname: ${name}\ndata: sealed-${value}\n`;

test('[pipeline 69] a secret that nobody has is an empty variable', async () => {
  assert.deepEqual(await seen({}), { TOKEN: '' });
});

test('a stored secret is found whatever the case of its name', async () => {
  assert.deepEqual(await seen(stored('hunter2')), { TOKEN: 'hunter2' });
});

test('[pipeline 70] a pull request sees only secrets that allow it', async () => {
  assert.deepEqual(await seen(stored('hunter2'), PULL_REQUEST), { TOKEN: '' });
  assert.deepEqual(await seen(stored('hunter2', true), PULL_REQUEST), { TOKEN: 'hunter2' });
});

test('[pipeline 71] an encrypted secret of a public repository is for pushes, not for pull requests', async () => {
  const text = TEXT + inline('token', 'hunter2');
  assert.deepEqual(await seen({ decrypt }, PUSH, text), { TOKEN: 'hunter2' });
  assert.deepEqual(await seen({ decrypt }, PULL_REQUEST, text), { TOKEN: '' });
  assert.deepEqual(await seen({ decrypt }, { ...PULL_REQUEST, isPublic: false }, text), {
    TOKEN: 'hunter2',
  });
});

test('encrypted secrets are found by their exact name, and only when they can be opened', async () => {
  assert.deepEqual(await seen({ decrypt }, PUSH, TEXT + inline('Token', 'hunter2')), { TOKEN: '' });
  const text = TEXT + inline('token', 'hunter2');
  assert.deepEqual(await seen({ decrypt: () => undefined }, PUSH, text), { TOKEN: '' });
  assert.deepEqual(await seen({}, PUSH, text), { TOKEN: '' });
});

test('stored secrets come before those of the file, the runner and the secret service', async () => {
  const external = '---\nkind: secret\nname: token\nget: {path: ci/keys, name: token, key: k}\n';
  const asked: unknown[] = [];
  const askExternal = async (source: unknown) => {
    asked.push(source);
    return 'external';
  };
  const stores = { ...stored('stored'), decrypt, runner: { TOKEN: 'runner' }, askExternal };
  const both = TEXT + inline('token', 'inline') + external;
  assert.deepEqual(await seen(stores, PUSH, both), { TOKEN: 'stored' });
  assert.deepEqual(await seen({ ...stores, stored: [] }, PUSH, both), { TOKEN: 'inline' });
  assert.deepEqual(await seen({ ...stores, stored: [] }, PUSH, TEXT + external), { TOKEN: 'runner' });
  assert.deepEqual(asked, []);
  assert.deepEqual(await seen({ askExternal }, PUSH, TEXT + external), { TOKEN: 'external' });
  assert.deepEqual(asked, [{ kind: 'external', name: 'token', path: 'ci/keys', item: 'token', key: 'k' }]);
});

test('secrets of the runner are never for pull requests', async () => {
  assert.deepEqual(await seen({ runner: { token: 'runner' } }, PULL_REQUEST), { TOKEN: '' });
});

test('a secret inside a setting takes its place, quoted where the setting is JSON', async () => {
  const text = aStep(
    'settings: {list: [a, {from_secret: token}], map: {b: {from_secret: token}, a: 1}, deep: [[{from_secret: token}]]}',
  );
  assert.deepEqual(await seen(stored('a"<b'), PUSH, text), {
    PLUGIN_LIST: 'a,a"<b',
    PLUGIN_MAP: '{"a":1,"b":"a\\"\\u003cb"}',
    PLUGIN_DEEP: '[["a\\"\\u003cb"]]',
  });
});

test('in compatibility mode a secret inside a setting is a map like any other', () => {
  const text = aStep('settings: {list: [a, {from_secret: token}]}');
  const { environment, composed } = stepOf(compilePlan(text, {}, { compatibility: true }), 'a');
  assert.deepEqual([environment.PLUGIN_LIST, composed], ['["a",{"from_secret":"token"}]', undefined]);
});

test('a secret for some images is for the steps with such an image, at its own rank', async () => {
  const text = `${TEXT}- name: b\n  image: plugins/slack\n  settings: {token: {from_secret: token}}\n`;
  const plan = compilePlan(text);
  const first = { name: 'token', value: 'for slack', allowsPullRequests: false, images: ['plugins/*'] };
  const second = { name: 'token', value: 'for all', allowsPullRequests: false };
  const of = async (name: string, stored: readonly (typeof second)[]) => {
    const values = await resolveSecrets(plan, { stored }, PUSH);
    return [...valuesOfStep(stepOf(plan, name), { stored }, PUSH, values).values()];
  };
  assert.deepEqual(await of('a', [first]), []);
  assert.deepEqual(await of('b', [first]), ['for slack']);
  assert.deepEqual(await of('a', [first, second]), ['for all']);
  assert.deepEqual(await of('b', [first, second]), ['for slack']);
  assert.deepEqual(await of('b', [second, first]), ['for all']);
});

test('a plan names every secret that it needs once', () => {
  const text = `image_pull_secrets: [pull]\nclone: {image: x, settings: {key: {from_secret: clone}}}\n${aStep(
    'environment: {A: {from_secret: token}, B: {from_secret: token}}',
    'settings: {list: [{from_secret: nested}]}',
  )}`;
  assert.deepEqual(secretNames(compilePlan(text)), ['pull', 'clone', 'token', 'nested']);
});

test('the secret service may fail, and whoever asked learns of it', async () => {
  const external = '---\nkind: secret\nname: token\nget: {path: ci/keys}\n';
  const askExternal = () => Promise.reject(new Error('the service is down'));
  await assert.rejects(seen({ askExternal }, PUSH, TEXT + external), /the service is down/);
});
