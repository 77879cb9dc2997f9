import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_PROTOCOLS, gitEnvironment, parseRemote } from './git-environment.ts';

const CREDENTIALS = { machine: 'git.example.com', login: 'ada', password: 'hunter2' };
const CLONE = {
  url: 'https://git.example.com:8443/octo/hello.git',
  ref: 'refs/heads/main',
  commit: '',
  branch: 'main',
  depth: 0,
  retries: 0,
  skipVerify: false,
  trace: false,
};

function environmentFor(url: string, credentials?: typeof CREDENTIALS): Record<string, string> {
  const remote = parseRemote(url, credentials, DEFAULT_PROTOCOLS);
  const environment = {
    HTTPS_PROXY: 'http://proxy:3128',
    LD_PRELOAD: '/tmp/evil.so',
    GIT_AUTHOR_NAME: 'Ada',
  };
  return gitEnvironment(remote, CLONE, { path: '/usr/bin', protocols: DEFAULT_PROTOCOLS, environment });
}

/** The settings that git is given through its environment. */
function settingsOf(environment: Record<string, string>): Record<string, string | undefined> {
  const count = Number(environment.GIT_CONFIG_COUNT);
  const at = Array.from({ length: count }, (_, index) => index);
  return Object.fromEntries(
    at.map((index) => [
      environment[`GIT_CONFIG_KEY_${index}`] ?? '',
      environment[`GIT_CONFIG_VALUE_${index}`],
    ]),
  );
}

describe('git environment', () => {
  test('the password goes to the host of the clone address, its port included, and nowhere else', () => {
    const settings = settingsOf(environmentFor(CLONE.url, CREDENTIALS));
    const basic = Buffer.from('ada:hunter2').toString('base64');
    assert.equal(settings['http.https://git.example.com:8443/.extraHeader'], `Authorization: Basic ${basic}`);
    assert.equal(settings['http.followRedirects'], 'false');
  });

  test('the authorities of the runner take the place of those that git knows, where it has some', () => {
    const remote = parseRemote(CLONE.url, CREDENTIALS, DEFAULT_PROTOCOLS);
    const options = { path: '/usr/bin', protocols: DEFAULT_PROTOCOLS, environment: {} };
    const given = settingsOf(gitEnvironment(remote, CLONE, { ...options, caPath: '/data/authorities.pem' }));
    assert.equal(given['http.sslCAInfo'], '/data/authorities.pem');
    assert.ok(!('http.sslCAInfo' in settingsOf(gitEnvironment(remote, CLONE, options))));
  });

  test('credentials for another machine are not sent', () => {
    const text = JSON.stringify(environmentFor('https://evil.example.com/octo/hello.git', CREDENTIALS));
    assert.ok(!text.includes('Authorization'));
  });

  test('credentials within the address are moved out of it', () => {
    const remote = parseRemote('https://ada:p%40ss@git.example.com/a.git', undefined, DEFAULT_PROTOCOLS);
    assert.equal(remote.url, 'https://git.example.com/a.git');
    assert.deepEqual(remote.credentials, { machine: 'git.example.com', login: 'ada', password: 'p@ss' });
  });

  test('only proxies and the identity are taken from the environment of the step', () => {
    const environment = environmentFor(CLONE.url);
    assert.equal(environment.HTTPS_PROXY, 'http://proxy:3128');
    assert.equal(environment.GIT_AUTHOR_NAME, 'Ada');
    assert.equal(environment.GIT_COMMITTER_NAME, 'drone');
    assert.equal(environment.LD_PRELOAD, undefined);
    assert.equal(environment.HOME, '/dev/null');
    assert.equal(settingsOf(environment)['protocol.allow'], 'never');
  });

  for (const url of [
    'ssh://git@example.com/a.git',
    'git@example.com:a.git',
    'file:///etc',
    'ext::sh -c x',
    '-x',
    '',
  ]) {
    test(`${JSON.stringify(url)} is refused`, () => {
      assert.throws(() => parseRemote(url, undefined, DEFAULT_PROTOCOLS), { code: 'clone-failed' });
    });
  }
});
