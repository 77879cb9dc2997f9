import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isScmError } from '../errors.ts';
import { ALIVE, NOW, openDriver } from './test-drivers.ts';

const REDIRECT = 'https://ci.example.test/login';
const START = { state: 'state-1', redirectUri: REDIRECT, challenge: 'challenge-1' };
const FINISH = { state: 'state-1', redirectUri: REDIRECT, verifier: 'verifier-1' };
const unauthorized = (error: unknown) => isScmError(error, 'unauthorized');

const PAGES = {
  gitea: '/login/oauth/authorize',
  github: '/login/oauth/authorize',
  gitlab: '/oauth/authorize',
  bitbucket: '/site/oauth2/authorize',
} as const;

for (const kind of ['gitea', 'github', 'gitlab', 'bitbucket'] as const) {
  describe(`sign-in of ${kind}`, () => {
    it('[scm L13] [scm X12] sends the browser with state, and with PKCE where the service has it', async (t) => {
      const { driver, close } = await openDriver(kind);
      t.after(close);
      assert.equal(driver.signIn.kind, 'oauth2');
      if (driver.signIn.kind !== 'oauth2') return;
      const url = new URL(driver.signIn.start(START));
      assert.equal(url.pathname, PAGES[kind]);
      const { scope, ...query } = Object.fromEntries(url.searchParams);
      const scopes: Record<string, string> = {
        gitlab: 'api',
        github: 'repo repo:status user:email read:org',
      };
      assert.equal(scope, scopes[kind]);
      assert.deepEqual(query, {
        response_type: 'code',
        client_id: 'client',
        redirect_uri: REDIRECT,
        state: 'state-1',
        ...(kind !== 'bitbucket' && { code_challenge: 'challenge-1', code_challenge_method: 'S256' }),
      });
      assert.equal(url.href.includes('secret'), false);
    });

    it('[scm L14] trades the code for a token, and a wrong code for nothing', async (t) => {
      const { driver, fake, close } = await openDriver(kind);
      t.after(close);
      if (driver.signIn.kind !== 'oauth2') throw new Error('The service has OAuth 2.');
      const token = await driver.signIn.finish({ ...FINISH, code: 'right' });
      assert.equal(token.access, ALIVE.access);
      assert.equal(token.expires, NOW / 1000 + (kind === 'gitea' || kind === 'github' ? 3600 : 7200));
      assert.equal(fake.calls[0]?.body.includes('code_verifier=verifier-1'), kind !== 'bitbucket');
      await assert.rejects(driver.signIn.finish({ ...FINISH, code: 'wrong' }), unauthorized);
    });

    it('[scm L15] refreshes with Basic credentials and hands out the new refresh token', async (t) => {
      const { driver, fake, close } = await openDriver(kind);
      t.after(close);
      if (kind === 'github') {
        assert.equal(driver.supports('refreshToken'), false);
        return;
      }
      const token = await driver.refreshToken(ALIVE);
      assert.equal(token.refresh, kind === 'bitbucket' ? 'refresh-1' : 'refresh-2');
      assert.equal(fake.calls[0]?.headers.authorization, `Basic ${btoa('client:secret')}`);
      assert.equal(fake.calls[0]?.body.includes('client_secret'), false);
      await assert.rejects(driver.refreshToken({ ...ALIVE, refresh: 'used' }), unauthorized);
      await assert.rejects(driver.refreshToken({ ...ALIVE, refresh: '' }), unauthorized);
    });

    it('[scm L7] a service that does not answer as it should is not a refused sign-in', async (t) => {
      const { driver, fake, close } = await openDriver(kind);
      t.after(close);
      if (driver.signIn.kind !== 'oauth2') throw new Error('The service has OAuth 2.');
      fake.interpose({ status: 500, text: 'oops' });
      await assert.rejects(driver.signIn.finish({ ...FINISH, code: 'right' }), (error: unknown) =>
        isScmError(error, 'unavailable'),
      );
      fake.interpose({ text: '<html>' });
      await assert.rejects(driver.signIn.finish({ ...FINISH, code: 'right' }), (error: unknown) =>
        isScmError(error, 'malformed'),
      );
    });
  });
}

describe('sign-in of Bitbucket Server', () => {
  it('[scm X13] begins with a request token, whose secret stays here, and ends with an access token', async (t) => {
    const { driver, close } = await openDriver('stash');
    t.after(close);
    if (driver.signIn.kind !== 'oauth1') throw new Error('The service has OAuth 1.0a.');
    const started = await driver.signIn.start({ callback: REDIRECT });
    assert.deepEqual([started.token, started.secret], ['request-1', 'hush']);
    assert.equal(new URL(started.url).search, '?oauth_token=request-1');
    const token = await driver.signIn.finish({ ...started, verifier: 'right' });
    assert.deepEqual(token, { access: ALIVE.access, refresh: 'hush-2', expires: 0 });
    assert.equal((await driver.currentUser(token)).login, 'ada');
  });

  it('a wrong verifier is refused', async (t) => {
    const { driver, close } = await openDriver('stash');
    t.after(close);
    if (driver.signIn.kind !== 'oauth1') throw new Error('The service has OAuth 1.0a.');
    const finish = driver.signIn.finish({ token: 'request-1', secret: 'hush', verifier: 'wrong' });
    await assert.rejects(finish, unauthorized);
  });

  it('[scm L5] an account whose name is a mail address is searched for', async (t) => {
    const { driver, close } = await openDriver('stash');
    t.after(close);
    assert.equal((await driver.findUser(ALIVE, 'ada@x')).uid, '7');
  });
});
