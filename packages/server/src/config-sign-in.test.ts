import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './config.ts';

const parse = (env: Readonly<Record<string, string>>) => parseConfig(env, () => '').signIn;
const OIDC = { SORTIE_OIDC_ISSUER: 'https://id.example.com/realms/team', SORTIE_OIDC_CLIENT_ID: 'sortie' };

test('without settings everybody whom a service vouches for may register, and there is no identity provider', () => {
  assert.deepEqual(parse({}), { allowedNames: [], isClosed: false, minAgeSeconds: 0, createdLogin: '' });
});

test('the filter is read without case and blanks, the age in seconds, and the account without machines', () => {
  const person = parse({
    DRONE_USER_FILTER: ' Octocat, ACME ,,',
    DRONE_MIN_AGE: '36h',
    DRONE_REGISTRATION_CLOSED: 'true',
    DRONE_USER_CREATE: 'username:Ada,admin:true',
  });
  assert.deepEqual(person, {
    allowedNames: ['octocat', 'acme'],
    isClosed: true,
    minAgeSeconds: 129_600,
    createdLogin: 'Ada',
  });
  assert.equal(parse({ DRONE_USER_CREATE: 'username:robot,machine:true,token:x' }).createdLogin, '');
});

test('an identity provider needs an address and a client id; the rest has defaults', () => {
  assert.deepEqual(parse({ ...OIDC, SORTIE_OIDC_SCOPE: 'email,groups openid' }).oidc, {
    issuer: 'https://id.example.com/realms/team',
    clientId: 'sortie',
    clientSecret: '',
    scope: 'openid email groups',
    title: 'Single sign-on',
    loginClaim: 'preferred_username',
    groupsClaim: 'groups',
    allowedGroups: [],
  });
  assert.equal(parse(OIDC).oidc?.scope, 'openid profile email');
  assert.throws(() => parse({ SORTIE_OIDC_ISSUER: OIDC.SORTIE_OIDC_ISSUER }), {
    code: 'config-value',
    message: /SORTIE_OIDC_CLIENT_ID/,
  });
});

test('tokens travel over TLS, except on this very machine', () => {
  const issuerOf = (issuer: string) => parse({ ...OIDC, SORTIE_OIDC_ISSUER: issuer }).oidc?.issuer;
  for (const issuer of ['http://127.0.0.1:9000', 'http://localhost:9000/x', 'http://[::1]:1']) {
    assert.equal(issuerOf(issuer), issuer);
  }
  const wrong = [
    'http://id.example.com',
    'http://127.0.0.1.evil.test',
    'id.example.com',
    'https://u:p@id.example.com',
    'https://id.example.com/?a=b',
    'ftp://id.example.com',
  ];
  for (const issuer of wrong) {
    assert.throws(() => issuerOf(issuer), { code: 'config-value', message: /SORTIE_OIDC_ISSUER/ }, issuer);
  }
});
