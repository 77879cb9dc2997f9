import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scope } from '@sortie/core/token';
import { aUser } from '@sortie/testing/domain-builders';
import { type Caller, FULL_GRANT, type TokenGrant } from './identify.ts';
import { hostNetwork, isInNetworks, isPartOfNetwork, parseNetwork } from './networks.ts';
import { requireNoMoreRights } from './token-limits.ts';

test('networks are read in CIDR form, addresses stand for themselves', () => {
  assert.deepEqual(parseNetwork('10.0.0.0/8'), { address: '10.0.0.0', prefix: 8, family: 'ipv4' });
  assert.deepEqual(parseNetwork('fd00::/8'), { address: 'fd00::', prefix: 8, family: 'ipv6' });
  assert.equal(parseNetwork('::1')?.prefix, 128);
  for (const text of [
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    'fd00::/129',
    '1.2.3.4/',
    '1.2.3.4/8/8',
    'fe80::1%eth0',
    'x',
  ]) {
    assert.equal(parseNetwork(text), undefined, text);
  }
});

const INSIDE: readonly (readonly [range: string, address: string, expected: boolean])[] = [
  ['10.0.0.0/8', '10.255.0.1', true],
  ['10.0.0.0/8', '11.0.0.1', false],
  ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ['192.168.1.7', '192.168.1.7', true],
  ['192.168.1.7', '192.168.1.8', false],
  ['fd00::/8', 'fd12:3456::1', true],
  ['fd00::/8', 'fe80::1', false],
  ['0.0.0.0/0', 'fd00::1', false],
  ['10.0.0.0/8', 'nonsense', false],
  ['10.0.0.0/8', '', false],
];

for (const [range, address, expected] of INSIDE) {
  test(`${JSON.stringify(address)} is ${expected ? 'in' : 'not in'} ${range}`, () => {
    assert.equal(isInNetworks([range], address), expected);
  });
}

test('a network is part of another one only when all of it is', () => {
  assert.equal(isPartOfNetwork('10.0.0.0/8', '10.1.0.0/16'), true);
  assert.equal(isPartOfNetwork('10.0.0.0/8', '10.0.0.0/7'), false);
  assert.equal(isPartOfNetwork('10.0.0.0/8', 'fd00::/16'), false);
  assert.equal(isPartOfNetwork('10.0.0.0/8', '11.0.0.0/16'), false);
});

function limited(patch: Partial<TokenGrant>): Caller {
  return { via: 'token', user: { id: 1, ...aUser() }, token: { ...FULL_GRANT, ...patch } };
}

const READ: readonly Scope[] = ['builds:read'];
const WISHES: readonly (readonly [
  title: string,
  own: Partial<TokenGrant>,
  wanted: Partial<TokenGrant>,
  code: string,
])[] = [
  ['all scopes', { scopes: READ }, {}, 'token-scope'],
  ['another scope', { scopes: READ }, { scopes: ['logs:read'] }, 'token-scope'],
  ['the same scope', { scopes: READ }, { scopes: READ }, ''],
  ['every repository', { repoIds: [1] }, {}, 'token-weaker'],
  ['another repository', { repoIds: [1] }, { repoIds: [1, 2] }, 'token-weaker'],
  ['one of its repositories', { repoIds: [1, 2] }, { repoIds: [2] }, ''],
  ['every network', { ranges: ['10.0.0.0/8'] }, {}, 'token-weaker'],
  ['a wider network', { ranges: ['10.1.0.0/16'] }, { ranges: ['10.0.0.0/8'] }, 'token-weaker'],
  ['a part of its network', { ranges: ['10.0.0.0/8'] }, { ranges: ['10.1.0.0/16'] }, ''],
  ['no end', { expires: 100 }, {}, 'token-weaker'],
  ['a later end', { expires: 100 }, { expires: 101 }, 'token-weaker'],
  ['an earlier end', { expires: 100 }, { expires: 99 }, ''],
  ['no rate', { rateLimit: 10 }, {}, 'token-weaker'],
  ['a higher rate', { rateLimit: 10 }, { rateLimit: 11 }, 'token-weaker'],
  ['anything', {}, {}, ''],
];

for (const [title, own, wanted, code] of WISHES) {
  test(`a token limited to ${JSON.stringify(own)} ${code === '' ? 'can' : 'cannot'} give ${title}`, () => {
    const give = () => requireNoMoreRights(limited(own), { ...FULL_GRANT, ...wanted });
    if (code === '') give();
    else assert.throws(give, { code });
  });
}

test('an IPv6 host is its /64 network, since it can take any address of it', () => {
  const cases = {
    '192.0.2.7': '192.0.2.7',
    '::ffff:192.0.2.7': '192.0.2.7',
    '2001:db8:1:2:3:4:5:6': '2001:db8:1:2::/64',
    '2001:db8:1:2::': '2001:db8:1:2::/64',
    '2001:0DB8:1:2:ffff::1': '2001:db8:1:2::/64',
    '2001:db8::9': '2001:db8:0:0::/64',
    'fe80::1%eth0': 'fe80:0:0:0::/64',
    '::1': '0:0:0:0::/64',
    '64:ff9b::192.0.2.7': '64:ff9b:0:0::/64',
    '': '',
    'not an address': 'not an address',
  };
  for (const [address, network] of Object.entries(cases)) assert.equal(hostNetwork(address), network);
});
