import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@sortie/sdk/client';
import { awaitBuild, clientOf, logOf, stepOf } from '@sortie/testing/await-build';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';

const PIPELINE = `kind: pipeline
type: exec
name: default
steps:
  - name: hello
    commands:
      - echo "hello from $DRONE_REPO"
  - name: missing
    failure: ignore
    commands:
      - no-such-command-anywhere
  - name: signalled
    failure: ignore
    commands:
      - kill -TERM $$$$
`;

/** A real server, the real git client, pipelines on the host. */
describe('a push', () => {
  let server: ServerProcess;
  let client: Client;
  let copy: WorkingCopy;
  const slug = 'ada/demo';

  before(async () => {
    server = await startServerProcess({ env: { SORTIE_RUNNER_ENGINES: 'exec' } });
    client = clientOf(server);
    copy = await createWorkingCopy();
  });
  after(async () => {
    await copy?.dispose();
    await server?.dispose();
  });

  async function commit(files: Readonly<Record<string, string>>, message: string): Promise<void> {
    for (const [name, text] of Object.entries(files)) await writeFile(join(copy.directory, name), text);
    await copy.git('add', '--all');
    await copy.git('commit', '--quiet', '--allow-empty', '--message', message);
  }

  async function push(...args: string[]): Promise<string> {
    const { stderr } = await copy.git(
      'push',
      ...args.filter((arg) => arg.startsWith('-')),
      pushUrl(server, slug),
      ...args.filter((arg) => !arg.startsWith('-')),
    );
    return stderr;
  }

  it('[scm B1] to an unknown name of one own creates the repository, builds, and says so on the terminal', async () => {
    await commit({ '.drone.yml': PIPELINE }, 'first');
    const said = await push('main');
    assert.match(said, new RegExp(`remote: build #1 started: ${server.url}/ada/demo/1`));
    const build = await awaitBuild(client, slug, 1);
    assert.equal(build.status, 'success');
    assert.equal(build.event, 'push');
    assert.equal(build.author_name, 'Ada Lovelace');
    assert.equal(
      await logOf(client, slug, build, 'hello'),
      '+ echo "hello from $DRONE_REPO"\nhello from ada/demo\n',
    );
  });

  it('runs a command that does not exist as a failure with exit code 127 and the words of the shell', async () => {
    const build = await client.builds.get(slug, 1);
    assert.deepEqual([stepOf(build, 'missing').status, stepOf(build, 'missing').exit_code], ['failure', 127]);
    assert.match(await logOf(client, slug, build, 'missing'), /no-such-command-anywhere.*not found/);
  });

  it('shows a step that a signal ended as a failure with 128 and the number of the signal', async () => {
    const build = await client.builds.get(slug, 1);
    assert.deepEqual(
      [stepOf(build, 'signalled').status, stepOf(build, 'signalled').exit_code],
      ['failure', 143],
    );
  });

  it('right after another one makes a second build', async () => {
    await commit({ 'a.txt': 'a' }, 'second');
    await push('main');
    await commit({ 'a.txt': 'b' }, 'third');
    assert.match(await push('main'), /build #3 started/);
    const [second, third] = await Promise.all([awaitBuild(client, slug, 2), awaitBuild(client, slug, 3)]);
    assert.deepEqual([second.message.trim(), third.message.trim()], ['second', 'third']);
    assert.deepEqual([second.status, third.status], ['success', 'success']);
    assert.equal(third.before, second.after);
  });

  it('of a tag and of a branch makes builds of their own kind', async () => {
    await copy.git('tag', '--annotate', 'v1.0.0', '--message', 'release');
    assert.match(await push('v1.0.0'), /build #4 started/);
    assert.match(await push('main:refs/heads/feature/x'), /build #5 started/);
    const [tag, branch] = await Promise.all([awaitBuild(client, slug, 4), awaitBuild(client, slug, 5)]);
    assert.deepEqual([tag.event, tag.ref, tag.status], ['tag', 'refs/tags/v1.0.0', 'success']);
    assert.deepEqual(
      [branch.event, branch.ref, branch.target, branch.status],
      ['push', 'refs/heads/feature/x', 'feature/x', 'success'],
    );
    assert.equal(tag.after, branch.after, 'an annotated tag builds the commit behind it');
  });

  it('of an invalid file makes a build in error with line and column', async () => {
    await commit(
      {
        '.drone.yml': 'kind: pipeline\ntype: exec\nname: default\nsteps:\n  - name: a\n    commands: [echo\n',
      },
      'broken',
    );
    const said = await push('main');
    assert.match(said, /remote: build #6 ended in error: http/);
    assert.match(said, /remote: \.drone\.yml:\d+:\d+: error: /);
    const build = await client.builds.get(slug, 6);
    assert.equal(build.status, 'error');
    assert.match(build.error ?? '', /^\.drone\.yml:\d+:\d+: error: /);
  });

  it('with an unknown key builds and keeps a warning that names the likely one', async () => {
    await commit(
      {
        '.drone.yml': PIPELINE.replace(
          '    commands:\n      - echo',
          '    comands: []\n    commands:\n      - echo',
        ),
      },
      'typo',
    );
    assert.match(await push('main'), /build #7 started/);
    const { findings } = await client.builds.config(slug, 7);
    const [warning] = findings;
    assert.deepEqual([warning?.severity, warning?.line], ['warning', 6]);
    assert.match(`${warning?.message} ${warning?.hint}`, /comands.*commands/s);
    assert.equal((await awaitBuild(client, slug, 7)).status, 'success');
  });

  it('that asks for no build makes none and says why', async () => {
    await commit({ 'b.txt': '1', '.drone.yml': PIPELINE }, 'docs only [ci skip]');
    assert.match(await push('main'), /remote: main: no build: the commit message asks for none/);
    await commit({ 'b.txt': '2' }, 'options');
    assert.match(
      await push('--push-option=ci.skip', 'main'),
      /remote: main: no build: the push option ci\.skip asks for none/,
    );
    await commit({ '.drone.yml': `${PIPELINE}trigger:\n  branch: release\n` }, 'other branch');
    assert.match(
      await push('main'),
      /remote: main: no build: no pipeline matches this event \(default: .*branch/,
    );
    await copy.git('rm', '--quiet', '.drone.yml');
    await commit({}, 'no file');
    assert.match(
      await push('main'),
      /remote: main: no build: there is no \.drone\.yml in commit [0-9a-f]{8}/,
    );
    const [newest] = await client.builds.list(slug);
    assert.equal(newest?.number, 7);
  });

  it('leaves a delivery with its verdict for every ref', async () => {
    const response = await client.request('GET', `/api/repos/${slug}/deliveries`);
    const deliveries = (await response.json()) as { verdict: string; reason?: string }[];
    const verdicts = deliveries.map(({ verdict, reason }) => (reason ? `${verdict} ${reason}` : verdict));
    assert.deepEqual(verdicts, [
      'skipped config-missing',
      'skipped conditions-not-met',
      'skipped skip-option',
      'skipped skip-directive',
      'built',
      'error-build config-invalid',
      'built',
      'built',
      'built',
      'built',
      'built',
    ]);
  });

  it('without a token, or with a wrong one, is refused with a sentence', async () => {
    const wrong = pushUrl({ ...server, token: 'sortie_wrong' }, slug);
    await assert.rejects(copy.git('push', wrong, 'main'), /Authentication failed|token/);
    await assert.rejects(
      copy.git('push', `${server.url}/git/${slug}.git`, 'main'),
      /could not read Username|terminal prompts disabled/,
    );
    const response = await fetch(`${server.url}/git/${slug}.git/info/refs?service=git-receive-pack`);
    assert.equal(response.status, 401);
    assert.match(await response.text(), /token/);
  });

  it('to a name that cannot be is refused with the rule', async () => {
    for (const name of [
      'ada/..',
      'ada/-x',
      'ada/.hidden',
      'api/demo',
      'ada/x.lock',
      'ada/na%C3%AFve',
      'ada/%2e%2e',
    ]) {
      await assert.rejects(copy.git('push', pushUrl(server, name), 'main'), (error: Error) => {
        assert.match(error.message, /not found|403|404|not appear to be a git repository|name/, name);
        return true;
      });
    }
  });

  it('into the namespace of somebody else is refused for people who are no administrators', async () => {
    const reader = await addReader(server, slug);
    const url = (name: string) => pushUrl({ ...server, token: reader }, name, 'grace');
    await assert.rejects(copy.git('push', url('ada/other'), 'main'), /not found/);
    await assert.rejects(copy.git('push', url(slug), 'main'), /403/);
    const { stdout } = await copy.git('ls-remote', url(slug));
    assert.match(stdout, /refs\/heads\/main/);
  });
});

/** An account `grace` who may read one repository; returns her token. */
async function addReader(server: ServerProcess, slug: string): Promise<string> {
  const { openDatabase } = await import('@sortie/server/store/db');
  const { insertUser } = await import('@sortie/server/store/users');
  const { findRepoBySlug } = await import('@sortie/server/store/repos');
  const { upsertPermission } = await import('@sortie/server/store/permissions');
  const { issueToken } = await import('@sortie/server/auth/tokens');
  const database = await openDatabase({ driver: 'sqlite', path: join(server.data, 'database.sqlite') });
  try {
    const user = await insertUser(database.db, {
      connectionId: 1,
      uid: 'grace',
      login: 'grace',
      email: '',
      avatar: '',
      isMachine: false,
      isAdmin: false,
      isActive: true,
      isSyncing: false,
      synced: 0,
      created: 1,
      updated: 1,
      lastLogin: 0,
    });
    const repo = await findRepoBySlug(database.db, slug);
    await upsertPermission(
      database.db,
      { userId: user.id, repoId: repo?.id ?? 0 },
      { read: true, write: false, admin: false, synced: 1 },
    );
    const { text } = await issueToken(
      { db: database.db, now: () => 1 },
      { userId: user.id, name: 'test', scopes: ['all'], expires: 0 },
    );
    return text;
  } finally {
    await database.close();
  }
}
