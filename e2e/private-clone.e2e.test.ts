import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type Client, createClient } from '@sortie/sdk/client';
import { awaitBuild, logOf } from '@sortie/testing/await-build';
import { becomes } from '@sortie/testing/becomes';
import { type FakeGogs, startFakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';
import { type ServerProcess, startServerProcess } from '@sortie/testing/server-process';
import { TEST_IMAGE } from '@sortie/testing/test-image';

function pipeline(type: string): string {
  return `kind: pipeline
type: ${type}
name: default
clone: {submodules: true, depth: 1}
steps:
  - name: look
    ${type === 'docker' ? `image: ${TEST_IMAGE}` : ''}
    commands:
      - cat README.md
      - cat lib/part || true
      - env
      - cat /proc/self/environ
      - find .. "$HOME" -type f -exec cat {} + 2>/dev/null || true
`;
}

/** A real server with a fake Gogs: from the sign-in to a step that looks for what the clone was made with. */
for (const type of ['exec', 'docker'])
  describe(`a private repository of a Git service, built in ${type}`, () => {
    let gogs: FakeGogs;
    let server: ServerProcess;
    let client: Client;
    let builds = 0;

    before(async () => {
      gogs = await startFakeGogs();
      for (const login of ['grace', 'eve']) gogs.addUser(login);
      gogs.addRepo('grace/secret', { isPrivate: true });
      gogs.addRepo('grace/lib', { isPrivate: true });
      server = await startServerProcess({
        env: { SORTIE_RUNNER_ENGINES: type, DRONE_GOGS_SERVER: gogs.url },
      });
      client = createClient({ baseUrl: server.url, token: await signIn('grace') });
      await becomes(async () => (await listed()).includes('grace/secret'), true);
      assert.equal((await call('POST', '/api/repos/grace/secret')).status, 200);
    });
    after(async () => {
      await server?.dispose();
      await gogs?.close();
    });

    let token = '';
    const call = (method: string, path: string, body?: object) =>
      fetch(`${server.url}${path}`, {
        method,
        headers: {
          ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    const listed = async () => {
      const answer = await call('GET', '/api/user/repos');
      return ((await answer.json()) as { slug: string }[]).map(({ slug }) => slug);
    };
    const SECRETS = () => {
      const tokens = [...(gogs.state.users.get('grace')?.tokens.values() ?? [])];
      return tokens.flatMap((text) => [text, Buffer.from(`${text}:x-oauth-basic`).toString('base64')]);
    };

    /** With the password at Gogs; returns a token of this server. */
    async function signIn(login: string): Promise<string> {
      const answer = await call('POST', '/login', { username: login, password: `Pw-${login}` });
      assert.equal(answer.status, 200, await answer.clone().text());
      const cookie = answer.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ');
      const made = await fetch(`${server.url}/api/user/token`, { method: 'POST', headers: { cookie } });
      token = ((await made.json()) as { token: string }).token;
      return token;
    }

    async function looked(): Promise<string> {
      builds += 1;
      const build = await awaitBuild(client, 'grace/secret', builds);
      const log = await logOf(client, 'grace/secret', build, 'look');
      assert.equal(build.status, 'success', log + JSON.stringify(build));
      const clone = await logOf(client, 'grace/secret', build, 'clone');
      for (const secret of SECRETS()) assert.ok(!clone.includes(secret) && !log.includes(secret));
      return log;
    }

    /** What is masked in a log was there. */
    const hasFound = (log: string) => log.includes('******') || log.includes('machine 127.0.0.1');

    it('[scm X25] [scm C1] [scm C3] is cloned by its push with a private submodule; only containers find the credentials, as in Drone', async () => {
      const sha = gogs.push('grace/lib', { files: { part: 'of the submodule' } });
      const modules = '[submodule "lib"]\n\tpath = lib\n\turl = ../lib.git\n';
      const lib = { kind: 'submodule', url: '', sha } as const;
      const files = { '.drone.yml': pipeline(type), 'README.md': 'read me', '.gitmodules': modules, lib };
      gogs.push('grace/secret', { files });
      const log = await looked();
      assert.match(log, /read me[\s\S]*of the submodule/);
      assert.equal(hasFound(log), type === 'docker');
      assert.equal(SECRETS().length, 2);
    });

    it('[scm X25] a pull request from a fork is cloned, and its steps find none', async () => {
      gogs.fork('grace/secret', 'eve');
      gogs.setMode('eve/secret', 'grace', 'read');
      const files = { 'README.md': 'from eve', '.gitmodules': undefined, lib: undefined };
      gogs.push('eve/secret', { branch: 'topic', files });
      gogs.openPull('grace/secret', { from: 'eve/secret', head: 'topic', by: 'eve' });
      await gogs.settled();
      const held = await awaitBuild(client, 'grace/secret', builds + 1, () => true);
      if (held.status === 'blocked') {
        const approved = await call('POST', `/api/repos/grace/secret/builds/${held.number}/approve/1`);
        assert.ok(approved.ok);
      }
      const log = await looked();
      assert.match(log, /from eve/);
      assert.equal(hasFound(log), false);
    });

    it('leaves no credentials in the data folder', async () => {
      for (const secret of SECRETS()) {
        const found = await promisify(execFile)('grep', ['-rlF', '-e', secret, server.data]).catch(() => ({
          stdout: '',
        }));
        assert.equal(found.stdout, '');
      }
    });
  });
