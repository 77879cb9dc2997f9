import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startFakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';
import { pino } from 'pino';
import { openProvider } from './auth/oidc-provider.fixture.ts';
import { parseConfig } from './config.ts';
import { startServer } from './main.ts';

/** A whole server with a Gogs and an identity provider, by their settings alone. */
async function open(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-sign-in-'));
  const gogs = await startFakeGogs();
  const provider = await openProvider({ claims: { preferred_username: 'lovelace' } });
  const { settings } = provider;
  const config = parseConfig(
    {
      SORTIE_DATA: folder,
      DRONE_SERVER_PORT: '127.0.0.1:0',
      DRONE_GOGS_SERVER: gogs.url,
      SORTIE_OIDC_ISSUER: settings.issuer,
      SORTIE_OIDC_CLIENT_ID: settings.clientId,
      SORTIE_OIDC_CLIENT_SECRET: settings.clientSecret,
      SORTIE_OIDC_TITLE: 'Team ID',
    },
    () => '',
  );
  const log = pino({ level: 'silent' });
  const server = await startServer({ config, log, version: '0.1.0', webRoot: '', searchPath: '' });
  t.after(async () => {
    await server.close();
    await gogs.close();
    await provider.close();
    await rm(folder, { recursive: true, force: true });
  });
  provider.redirectUri = `${server.publicUrl}/login`;
  return { gogs, provider, server };
}

/** A browser at the server: what it is sent, and the cookies that it keeps. */
function openTab(base: string) {
  const cookies = new Map<string, string>();
  return async (path: string, init: { method?: string; json?: object } = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(new URL(path, base), {
      redirect: 'manual',
      method: init.method ?? 'GET',
      headers: { cookie, 'content-type': 'application/json', accept: 'application/json' },
      ...(init.json === undefined ? {} : { body: JSON.stringify(init.json) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      cookies.set(name, value);
    }
    const body: unknown = answer.headers.get('content-type')?.includes('json')
      ? await answer.json()
      : undefined;
    return { status: answer.status, location: answer.headers.get('location') ?? '', body };
  };
}

test('a server that is given a Gogs and an identity provider signs in with both, and makes them one account', async (t) => {
  const { gogs, provider, server } = await open(t);
  gogs.addUser('ada');
  gogs.addRepo('ada/demo', { isPrivate: true });
  const tab = openTab(server.publicUrl);
  const { ways } = (await tab('/api/sign-in')).body as { ways: { name: string; title: string }[] };
  assert.deepEqual(
    ways.map(({ name, title }) => [name, title]),
    [
      ['gogs', 'Gogs'],
      ['oidc', 'Team ID'],
    ],
  );
  const { location } = await tab('/login/to/oidc?next=/account');
  const back = await provider.visit(location);
  assert.equal((await tab(back.href)).location, '/account');
  assert.equal(((await tab('/api/user')).body as { login: string }).login, 'lovelace');
  const linked = await tab('/login', {
    method: 'POST',
    json: { username: 'ada', password: 'Pw-ada', link: true },
  });
  assert.equal(linked.status, 200);
  const identities = (await tab('/api/user/identities')).body as { service: string; primary: boolean }[];
  assert.deepEqual(
    identities.map(({ service, primary }) => [service, primary]),
    [
      ['oidc', false],
      ['gogs', true],
    ],
    'rights come from the Git service',
  );
  const repos = await tab('/api/user/repos', { method: 'POST' });
  assert.deepEqual(
    (repos.body as { slug: string }[]).map(({ slug }) => slug),
    ['ada/demo'],
  );
});
