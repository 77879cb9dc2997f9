import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { Driver } from '../driver.ts';
import { isScmError } from '../errors.ts';
import type { Wire } from '../wire.ts';
import { createGogsDriver } from './gogs.ts';

const TOKEN = { access: 'fa4efa4efa4efa4efa4efa4efa4efa4efa4e0007', refresh: '', expires: 0 };
const UNKNOWN = '0123456789012345678901234567890123456789';

interface Exchange {
  readonly request: { readonly method: string; readonly path: string };
  readonly response: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body: unknown;
  };
}

/** A driver whose service gives the recorded answers in order, the last one again and again. */
function replay(...names: readonly string[]) {
  const exchanges = names.map((name): Exchange => {
    return JSON.parse(
      readFileSync(new URL(`../../../../fixtures/gogs/api/${name}.json`, import.meta.url), 'utf8'),
    );
  });
  const asked: string[] = [];
  const wire: Wire = async (url, { method }) => {
    const exchange = exchanges[Math.min(asked.length, exchanges.length - 1)];
    asked.push(`${method} ${url.pathname}${url.search}`);
    if (exchange === undefined) throw new Error('nothing was recorded');
    const { status, headers, body } = exchange.response;
    const type = headers['Content-Type'];
    const text = body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    return {
      status,
      headers: new Headers(type === undefined ? {} : { 'content-type': type }),
      body: bytes(text),
    };
  };
  const driver = createGogsDriver({
    server: 'http://gogs.example.test:3000',
    serverHost: 'ci.example.test',
    wire,
  });
  const recorded = exchanges.map(({ request }) => `${request.method} ${request.path}`);
  return { driver, asked, recorded };
}

async function* bytes(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** The code of the error, or `ok`. */
async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (isScmError(error)) return error.code;
    throw error;
  }
}

const file =
  (path: string, ref = 'refs/heads/main') =>
  (driver: Driver) =>
    driver.fileAt(TOKEN, 'ada/rocket', ref, path);

const ROWS: readonly (readonly [string, readonly string[], (driver: Driver) => Promise<unknown>, string])[] =
  [
    ['A10', ['contents-file-at-unknown-sha'], file('README.md', UNKNOWN), 'not-found'],
    [
      'A10',
      ['commit-get-unknown-sha'],
      (driver) => driver.findCommit(TOKEN, 'ada/rocket', UNKNOWN),
      'not-found',
    ],
    ['A10', ['contents-file-missing'], file('no/such.txt'), 'not-found'],
    ['A11', ['contents-directory'], file('docs'), 'validation'],
    ['A11', ['contents-symlink'], file('link'), 'validation'],
    ['A11', ['contents-submodule'], file('sub'), 'validation'],
    ['A11', ['contents-empty-file'], file('empty.txt'), 'ok'],
    ['A9', ['contents-file'], file('README.md'), 'ok'],
    ['A6', ['unknown-route'], (driver) => driver.currentUser(TOKEN), 'not-supported'],
    [
      'A7',
      ['repo-get-private-stranger', 'user'],
      (driver) => driver.findRepo(TOKEN, { slug: 'ada/secret' }),
      'not-found',
    ],
    ['A13', ['branch-get-unknown'], (driver) => driver.findBranch(TOKEN, 'ada/rocket', 'nope'), 'not-found'],
    [
      'A25',
      ['repo-get-public-invalid-token', 'require-signin-user-invalid-token'],
      (driver) => driver.findPerm(TOKEN, 'ada/rocket'),
      'unauthorized',
    ],
    ['H5', ['hooks-as-writer'], (driver) => driver.listHooks(TOKEN, 'ada/secret'), 'forbidden'],
    ['H4', ['hook-delete'], (driver) => driver.deleteHook(TOKEN, 'ada/secret', { id: '1' }), 'ok'],
  ];

describe('recorded answers of Gogs', () => {
  for (const [row, names, call, expected] of ROWS) {
    it(`[scm ${row}] ${names.join(', then ')}: ${expected}`, async () => {
      assert.equal(await outcome(call(replay(...names).driver)), expected);
    });
  }

  it('[scm A17] the branches of an empty repository are none', async () => {
    const { driver, asked } = replay(
      'branches-empty-repo',
      'branches-empty-repo',
      'git-info-refs-empty-repo',
    );
    assert.deepEqual(await driver.listBranches(TOKEN, 'ada/empty'), []);
    assert.equal(asked[2], 'GET /ada/empty.git/info/refs?service=git-upload-pack');
  });

  it('[scm L1] [scm L2] a password makes a token from the answer to its creation, not from the list', async () => {
    const { driver, asked, recorded } = replay('token-list', 'token-create', 'user');
    if (driver.signIn.kind !== 'form') throw new Error('Gogs signs in with a form');
    const input = { login: 'ada', password: 'Pw-ada-12', storedToken: async () => undefined };
    const { token, user } = await driver.signIn.withPassword(input);
    assert.match(token.access, /^fa4e/);
    assert.equal(user.login, 'ada');
    assert.deepEqual(asked, recorded);
  });

  it('[scm A1] [scm A8] repositories and organisations come from one answer each', async () => {
    const { driver, asked, recorded } = replay('orgs');
    assert.deepEqual(
      (await driver.listOrgs(TOKEN)).map(({ name }) => name),
      ['acme'],
    );
    assert.deepEqual(asked, recorded);
  });
});
