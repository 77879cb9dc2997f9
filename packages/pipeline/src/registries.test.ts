import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aStep, compilePlan } from './compile-context.fixture.ts';
import { pullLogins, readDockerConfig } from './registries.ts';

const encode = (text: string) => Buffer.from(text).toString('base64');
const config = (auths: Record<string, unknown>) => JSON.stringify({ auths });

test('image_pull_secrets are names in the plan', () => {
  assert.deepEqual(compilePlan(`image_pull_secrets: [a, b]\n${aStep()}`).pullSecrets, ['a', 'b']);
  assert.equal(compilePlan(aStep()).pullSecrets, undefined);
});

test('a Docker configuration holds logins, encoded or written out', () => {
  const text = config({
    'https://index.docker.io/v1/': { auth: encode('me:pass:word') },
    'quay.io': { username: 'you', password: 'secret' },
    broken: { auth: encode('nothing') },
    empty: {},
  });
  assert.deepEqual(readDockerConfig(text), [
    { address: 'https://index.docker.io/v1/', username: 'me', password: 'pass:word' },
    { address: 'quay.io', username: 'you', password: 'secret' },
  ]);
});

test('a secret that is no Docker configuration has no logins', () => {
  for (const text of ['', 'hunter2', '[]', '{}', '{"auths": 5}'])
    assert.equal(readDockerConfig(text), undefined);
});

test('the logins of later secrets come first', () => {
  const login = (name: string) => config({ 'quay.io': { username: name, password: 'x' } });
  const names = pullLogins([login('first'), 'nothing', login('last')]).map(({ username }) => username);
  assert.deepEqual(names, ['last', 'first']);
});
