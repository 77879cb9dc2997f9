import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseImageName } from './image-name.ts';
import { credentialsFor } from './registry-match.ts';

function loginFor(image: string, ...addresses: readonly string[]): string | undefined {
  const name = parseImageName(image);
  assert.ok(name);
  const logins = addresses.map((address) => ({ address, username: 'u', password: 'p' }));
  return credentialsFor(name, logins)?.address;
}

describe('the login for an image', () => {
  const cases: readonly (readonly [image: string, addresses: readonly string[], want: string | undefined])[] =
    [
      ['golang', ['https://index.docker.io/v1/'], 'https://index.docker.io/v1/'],
      ['golang', ['ghcr.io', 'docker.io'], 'docker.io'],
      ['ghcr.io/team/app:1', ['docker.io'], undefined],
      ['ghcr.io/team/app:1', ['ghcr.io', 'ghcr.io/team'], 'ghcr.io/team'],
      ['ghcr.io/team/app:1', ['ghcr.io/team', 'ghcr.io/team/app'], 'ghcr.io/team/app'],
      ['ghcr.io/teams/app', ['ghcr.io', 'ghcr.io/team'], 'ghcr.io'],
      [
        'ghcr.io/team/app@sha256:0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a',
        ['ghcr.io/team/app'],
        'ghcr.io/team/app',
      ],
      ['ghcr.io/other/app', ['ghcr.io/team'], 'ghcr.io/team'],
      ['reg:5000/app', ['reg', 'http://reg:5000/'], 'http://reg:5000/'],
      ['ghcr.io.evil.example/team/app', ['ghcr.io'], undefined],
    ];
  for (const [image, addresses, want] of cases) {
    test(`${image} with ${addresses.join(' and ')} is ${want ?? 'none'}`, () => {
      assert.equal(loginFor(image, ...addresses), want);
    });
  }

  test('the first of equals counts', () => {
    const name = parseImageName('ghcr.io/a/b');
    assert.ok(name);
    const logins = ['one', 'two'].map((username) => ({ address: 'ghcr.io', username, password: '' }));
    assert.equal(credentialsFor(name, logins)?.username, 'one');
  });
});
