import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLogin, lowerName, parseGitName } from './names.ts';

describe('names of the built-in Git host', () => {
  it('are lower-cased', () => {
    assert.equal(parseGitName('repository', 'Demo-App_1.x'), 'demo-app_1.x');
  });

  const refused = [
    '',
    '.',
    '..',
    '-x',
    '.git',
    'a..b',
    'x.git',
    'x.lock',
    'a/b',
    'a b',
    'ａdmin',
    'naïve',
    'a\u202eb',
    'x\n',
    'a'.repeat(101),
    '%2e%2e',
    '\u212aelvin',
  ];
  for (const name of refused) {
    it(`refuse ${JSON.stringify(name).slice(0, 30)}`, () => {
      assert.throws(() => parseGitName('repository', name), { code: 'name-invalid' });
    });
  }

  it('refuse a namespace that the server uses in its own addresses, with a remedy', () => {
    assert.throws(() => parseGitName('namespace', 'API'), { code: 'name-invalid', hint: /take another one/ });
    assert.equal(parseGitName('repository', 'api'), 'api');
  });
});

describe('logins', () => {
  it('are 1 to 50 of letters, digits, dot, underscore and hyphen', () => {
    for (const login of ['a', 'Ada.Lovelace', 'x_1-2']) assert.equal(isLogin(login), true, login);
    for (const login of ['', '-a', '.a', 'a b', 'ä', 'a'.repeat(51)])
      assert.equal(isLogin(login), false, login);
  });

  it('are compared in lower case without making other letters plain ones', () => {
    assert.equal(lowerName('Ada-ÜBER'), 'ada-über');
    assert.equal(lowerName('RIC\u212aR'), 'ric\u212ar');
  });
});
