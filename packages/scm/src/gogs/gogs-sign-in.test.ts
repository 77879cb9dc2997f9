import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { failsWith } from '@sortie/testing/scm-contract';
import { isScmError } from '../errors.ts';
import type { ScmToken } from '../objects.ts';
import type { FormSignIn } from '../sign-in.ts';
import { type GogsWorld, openGogsWorld } from './gogs-world.fixture.ts';

function formOf({ driver }: GogsWorld): FormSignIn {
  if (driver.signIn.kind !== 'form') throw new Error('Gogs signs in with a form');
  return driver.signIn;
}

describe('sign-in with Gogs', () => {
  let world: GogsWorld;
  let signIn: FormSignIn;
  beforeEach(async () => {
    world = await openGogsWorld();
    signIn = formOf(world);
  });
  afterEach(() => world.close());

  const enter = (login = 'ada', password = 'Pw-ada', stored?: ScmToken) =>
    signIn.withPassword({ login, password, storedToken: async () => stored });
  const tokenNames = () => [...(world.fake.state.users.get('ada')?.tokens.keys() ?? [])];

  it('[scm L1] the first sign-in mints one token with a telling name', async () => {
    const { user, token, isNewToken } = await enter();
    assert.equal(isNewToken, true);
    assert.deepEqual([user.login, user.uid], ['ada', '1']);
    assert.deepEqual(tokenNames(), ['ci-ci.example.test-a']);
    assert.equal((await world.driver.currentUser(token)).login, 'ada');
  });

  it('[scm L2] the second sign-in uses the stored token again and mints none', async () => {
    const first = await enter();
    const second = await enter('ADA', 'Pw-ada', first.token);
    assert.equal(second.isNewToken, false);
    assert.equal(second.token.access, first.token.access);
    assert.equal(tokenNames().length, 1);
  });

  it('[scm L2] the secret of a token list is never used', async () => {
    const { token } = await enter();
    const list = world.fake.requests.filter(
      ({ path, method }) => method === 'GET' && path.endsWith('/tokens'),
    );
    assert.equal(list.length, 1);
    await failsWith(signIn.withToken('0123456789012345678901234567890123456789'), 'unauthorized');
    assert.equal(world.fake.state.users.get('ada')?.tokens.get('ci-ci.example.test-a'), token.access);
  });

  it('[scm L3] a revoked token is replaced', async () => {
    const { token } = await enter();
    world.fake.revokeTokens('ada');
    const again = await enter('ada', 'Pw-ada', token);
    assert.equal(again.isNewToken, true);
    assert.notEqual(again.token.access, token.access);
  });

  it('a stored token of another account is not used', async () => {
    const again = await enter('ada', 'Pw-ada', world.token('bob'));
    assert.deepEqual([again.isNewToken, again.user.login], [true, 'ada']);
  });

  it('[scm L4] a wrong password has one text, whatever the reason', async () => {
    const texts = new Set<string>();
    for (const [login, password] of [
      ['ada', 'no'],
      ['nobody', 'no'],
      ['..', 'no'],
      ['', ''],
      ['ada:x', 'no'],
    ]) {
      await assert.rejects(enter(login, password), (error) => {
        assert.ok(isScmError(error, 'unauthorized'));
        texts.add(error.message);
        return true;
      });
    }
    world.fake.traps.requiresSignIn = true;
    await failsWith(enter('ada', 'no'), 'unauthorized');
    assert.deepEqual([...texts], ['Invalid username or password.']);
    assert.equal(tokenNames().length, 0);
  });

  it('[scm L5] an e-mail address signs in the account that it belongs to', async () => {
    const first = await enter('ADA@example.test');
    assert.equal(first.user.login, 'ada');
    const second = await enter('ada@example.test', 'Pw-ada', first.token);
    assert.equal(second.isNewToken, false);
  });

  it('[scm L6] a taken token name is tried anew three times at most', async () => {
    await world.close();
    world = await openGogsWorld({}, ['a', 'b']);
    world.fake.state.users.get('ada')?.tokens.set('ci-ci.example.test-a', 'x');
    signIn = formOf(world);
    await enter();
    assert.ok(tokenNames().includes('ci-ci.example.test-b'));
    world.fake.traps.refusesTokenNames = true;
    const before = world.fake.requests.length;
    await assert.rejects(
      enter(),
      (error) => isScmError(error, 'conflict') && /refused the token/.test(error.message),
    );
    assert.equal(world.fake.requests.length - before, 4);
  });

  it('[scm L7] trouble of the service is never called a wrong password', async () => {
    for (const status of [200, 404, 500, 502]) {
      world.fake.traps.htmlStatus = status;
      await failsWith(enter(), 'unavailable');
    }
    await world.fake.close();
    await failsWith(enter(), 'unavailable');
    world = await openGogsWorld();
  });

  it('[scm L9] the password alone is enough, and the hint names the token', async () => {
    await assert.rejects(
      enter('ada', 'no'),
      (error) => isScmError(error) && /access token/.test(error.hint ?? ''),
    );
  });

  it('[scm L10] a token signs in when it lives', async () => {
    const { access } = world.token('bob');
    assert.equal((await signIn.withToken(` ${access}\n`)).user.login, 'bob');
    for (const wrong of ['', 'x', 'a b', 'a\r\nx: y', access.toUpperCase()])
      await failsWith(signIn.withToken(wrong), 'unauthorized');
  });

  it('[scm X16] the password travels in a header only, and no error repeats it', async () => {
    await enter();
    assert.ok(
      world.fake.requests.every(({ path, body }) => !path.includes('Pw-ada') && !body.includes('Pw-ada')),
    );
    world.fake.traps.htmlStatus = 500;
    await assert.rejects(enter(), (error) => isScmError(error) && !JSON.stringify(error).includes('Pw-ada'));
  });
});
