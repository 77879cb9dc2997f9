import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './config.ts';
import { rewriteAddress } from './services/clone-address.ts';

const cloneOf = (env: Readonly<Record<string, string>>) =>
  parseConfig(env, () => assert.fail('no file is read')).services.clone;

test('how repositories are cloned is read from its settings', () => {
  assert.deepEqual(cloneOf({}), {
    alwaysUsesCredentials: false,
    rewrites: [],
    mirrorBytes: 8 * 1024 ** 3,
  });
  const clone = cloneOf({
    DRONE_GIT_ALWAYS_AUTH: 'true',
    DRONE_GIT_USERNAME: 'reader',
    DRONE_GIT_PASSWORD: 'hunter2',
    SORTIE_CLONE_URL_REWRITE:
      'http://localhost:3000=http://gogs:3000, https://a.example/x/=https://b.example',
    SORTIE_MIRROR_QUOTA: '1GiB',
  });
  assert.deepEqual(clone, {
    account: { login: 'reader', password: 'hunter2' },
    alwaysUsesCredentials: true,
    rewrites: [
      { from: 'http://localhost:3000', to: 'http://gogs:3000' },
      { from: 'https://a.example/x/', to: 'https://b.example' },
    ],
    mirrorBytes: 1024 ** 3,
  });
});

test('half an account and a rewrite without two addresses are refused with the setting that is meant', () => {
  const refused: readonly [Record<string, string>, RegExp][] = [
    [{ DRONE_GIT_USERNAME: 'reader' }, /DRONE_GIT_PASSWORD/],
    [{ DRONE_GIT_PASSWORD: 'hunter2' }, /DRONE_GIT_USERNAME/],
    [{ SORTIE_CLONE_URL_REWRITE: 'http://localhost:3000' }, /SORTIE_CLONE_URL_REWRITE/],
    [{ SORTIE_CLONE_URL_REWRITE: 'localhost=gogs' }, /SORTIE_CLONE_URL_REWRITE/],
    [{ SORTIE_CLONE_URL_REWRITE: 'http://a=file:///etc' }, /SORTIE_CLONE_URL_REWRITE/],
    [{ SORTIE_CLONE_URL_REWRITE: 'http://a=http://user:pw@b' }, /SORTIE_CLONE_URL_REWRITE/],
  ];
  for (const [env, name] of refused) {
    assert.throws(() => cloneOf(env), { code: 'config-value', message: name }, JSON.stringify(env));
  }
});

test('[scm C14] the beginning of an address is replaced as a whole host or path, never a part of one', () => {
  const rules = [
    { from: 'http://localhost:3000/git', to: 'http://git/' },
    { from: 'http://localhost:3000', to: 'http://gogs:3000' },
  ];
  const cases = {
    'http://localhost:3000/ada/demo.git': 'http://gogs:3000/ada/demo.git',
    'http://localhost:3000/git/ada/demo.git': 'http://git/ada/demo.git',
    'http://localhost:3000/github/demo.git': 'http://gogs:3000/github/demo.git',
    'http://localhost:30000/ada/demo.git': 'http://localhost:30000/ada/demo.git',
    'http://localhost:3000@evil.test/demo.git': 'http://localhost:3000@evil.test/demo.git',
    'http://localhost:3000.evil.test/demo.git': 'http://localhost:3000.evil.test/demo.git',
    '': '',
  };
  for (const [address, wanted] of Object.entries(cases)) assert.equal(rewriteAddress(rules, address), wanted);
});
