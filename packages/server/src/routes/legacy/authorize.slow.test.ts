import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBrowser } from '../browser.fixture.ts';
import { openRedirectWorld as open } from '../redirect-world.fixture.ts';

for (const at of ['', '/v0']) {
  test(`[legacy 5] at ${at || 'root'} /authorize signs in both ways, coming back to where it was`, async (t) => {
    const world = await open(t, 'gitea');
    const { url, back } = await world.begin('', world.browser, `${at}/authorize`);
    assert.equal(url.searchParams.get('redirect_uri'), `http://localhost:8080${at}/authorize`);
    assert.deepEqual(await world.comeBack(back, world.browser, `${at}/authorize`), [303, '/']);
    assert.ok(world.browser.cookies.has('_session_'));
    const legacy = world.browser.lastCookies.find((line) => line.startsWith('user_sess='));
    assert.match(legacy ?? '', /; Path=\/; Max-Age=2147483647; HttpOnly/);
    world.browser.cookies.delete('_session_');
    assert.equal((await world.browser.get('/api/user')).json().login, 'ada');
    const wrong = await world.begin('', world.browser, `${at}/authorize`);
    assert.deepEqual(
      await world.comeBack(wrong.back.replace('=right', '=wrong'), world.browser, `${at}/authorize`),
      [303, '/login?error=access_denied'],
    );
    const down = await world.begin('', world.browser, `${at}/authorize`);
    world.fake.interpose({ status: 500 });
    assert.deepEqual(await world.comeBack(down.back, world.browser, `${at}/authorize`), [
      303,
      '/login?error=oauth_error',
    ]);
  });

  test(`at ${at || 'root'} /authorize/token gives a session for a token of the service`, async (t) => {
    const world = await open(t, 'gitea');
    const ask = (payload: object) => openBrowser(world.app).post(`${at}/authorize/token`, payload);
    const missing = await ask({ access_token: 'token-of-ada' });
    assert.deepEqual([missing.statusCode, missing.body], [404, ''], 'nobody has signed in with it');
    await world.comeBack((await world.begin()).back);
    const given = await ask({ access_token: 'token-of-ada', refresh_token: '' });
    assert.equal(given.statusCode, 200);
    const { access_token: token, expires_in: seconds } = given.json();
    assert.equal(seconds, 259_200);
    const headers = { authorization: `Bearer ${token}` };
    assert.equal((await world.app.inject({ url: '/api/user', headers })).json().login, 'ada');
    const unsafe = { method: 'POST', url: '/api/user/repos', headers } as const;
    assert.equal((await world.app.inject(unsafe)).statusCode, 401, 'changes need the other token too');
    const refused = await ask({ access_token: 'long-gone' });
    assert.deepEqual([refused.statusCode, refused.body], [401, '']);
    assert.equal((await ask({})).statusCode, 400);
  });
}
