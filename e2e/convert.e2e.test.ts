import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@sortie/sdk/client';
import { awaitBuild, clientOf, logOf } from '@sortie/testing/await-build';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';

const PLAIN = 'kind: pipeline\ntype: exec\nname: plain\nsteps:\n- name: say\n  commands: [echo plain]\n';

const JSONNET = `local lib = import 'ci/lib.libsonnet';
[lib.pipeline('first', std.extVar('repo.slug')), lib.pipeline('second', std.extVar('build.branch'))]
`;
const LIBRARY = `{
  pipeline(name, word):: {
    kind: 'pipeline', type: 'exec', name: name,
    steps: [{ name: 'say', commands: ['echo ' + (importstr 'word.txt') + ' ' + word] }],
  },
}
`;

const STARLARK = `def main(ctx):
    return {
        "kind": "pipeline",
        "type": "exec",
        "name": "star",
        "steps": [{"name": "say", "commands": ["echo %s of %s" % (ctx.build.event, ctx.repo.name)]}],
    }
`;

const TEMPLATE = `kind: pipeline
type: exec
name: {{ .input.name }}
steps:
- name: say
  commands:
  - echo {{ .repo.Slug }} {{ range .input.words }}-{{ . }}-{{ end }}
`;

/** A real server with the script languages on, the real git client, pipelines on the host. */
describe('a push of generated configuration', () => {
  let server: ServerProcess;
  let client: Client;
  let copy: WorkingCopy;
  const slug = 'ada/generated';

  before(async () => {
    server = await startServerProcess({
      env: {
        SORTIE_RUNNER_ENGINES: 'exec',
        DRONE_JSONNET_ENABLED: 'true',
        DRONE_JSONNET_IMPORT_LIMIT: '5',
        DRONE_STARLARK_ENABLED: 'true',
      },
    });
    client = clientOf(server);
    copy = await createWorkingCopy();
    await push({ '.drone.yml': PLAIN });
    await awaitBuild(client, slug, 1);
  });
  after(async () => {
    await copy?.dispose();
    await server?.dispose();
  });

  /** Commits the files and pushes them; what git printed comes back. */
  async function push(files: Readonly<Record<string, string>>): Promise<string> {
    for (const [name, text] of Object.entries(files)) {
      const path = join(copy.directory, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
    await copy.git('add', '--all');
    await copy.git('commit', '--quiet', '--message', 'a change');
    return (await copy.git('push', pushUrl(server, slug), 'main')).stderr;
  }

  it('in Jsonnet evaluates it once with imports from the commit, keeps the result and runs it', async () => {
    await setConfigPath(server, slug, '.drone.jsonnet');
    const files = { '.drone.jsonnet': JSONNET, 'ci/lib.libsonnet': LIBRARY, 'ci/word.txt': 'hello' };
    assert.match(await push(files), /build #2 started/);
    const build = await awaitBuild(client, slug, 2);
    assert.equal(build.status, 'success');
    assert.deepEqual(
      build.stages?.map(({ name }) => name),
      ['first', 'second'],
    );
    assert.match(await logOf(client, slug, build, 'say'), /^hello ada\/generated$/m);
    assert.match(await logOf(client, slug, build, 'say', 2), /^hello main$/m);
    const { text } = await client.builds.config(slug, 2);
    assert.match(text, /"name": "second"/);
    assert.doesNotMatch(text, /import/);
  });

  it('with an import that leaves the repository ends in error and says where', async () => {
    const said = await push({ '.drone.jsonnet': `{\n  kind: importstr '/etc/passwd',\n}\n` });
    assert.match(said, /remote: build #3 ended in error/);
    assert.match(said, /remote: \.drone\.jsonnet:2:9: error: "\/etc\/passwd" is outside of the repository/);
    assert.equal((await client.builds.get(slug, 3)).status, 'error');
  });

  it('in Starlark runs main and builds what it returns', async () => {
    await setConfigPath(server, slug, '.drone.star');
    assert.match(await push({ '.drone.star': STARLARK }), /build #4 started/);
    const build = await awaitBuild(client, slug, 4);
    assert.equal(build.status, 'success');
    assert.match(await logOf(client, slug, build, 'say'), /^push of generated$/m);
  });

  it('by a template of the namespace fills it in, and other documents stay', async () => {
    await setConfigPath(server, slug, '.drone.yml');
    await addTemplate(server, { namespace: 'ada', name: 'say.yaml', data: TEMPLATE });
    const call = 'kind: template\nload: say.yaml\ndata:\n  name: filled\n  words: [a, b]\n---\n';
    assert.match(await push({ '.drone.yml': `${call}${PLAIN}` }), /build #5 started/);
    const build = await awaitBuild(client, slug, 5);
    assert.equal(build.status, 'success');
    assert.deepEqual(
      build.stages?.map(({ name }) => name),
      ['filled', 'plain'],
    );
    assert.match(await logOf(client, slug, build, 'say'), /^ada\/generated -a--b-$/m);
  });
});

/** Straight into the database, as long as no route does it. */
async function setConfigPath(server: ServerProcess, slug: string, configPath: string): Promise<void> {
  const { findRepoBySlug, updateRepo } = await import('@sortie/server/store/repos');
  await withDatabase(server, async (db) => {
    const repo = await findRepoBySlug(db, slug);
    await updateRepo(db, repo?.id ?? 0, { configPath });
  });
}

async function addTemplate(
  server: ServerProcess,
  template: { readonly namespace: string; readonly name: string; readonly data: string },
): Promise<void> {
  const { insertTemplate } = await import('@sortie/server/store/templates');
  await withDatabase(server, async (db) => {
    await insertTemplate(db, { ...template, created: 1, updated: 1 });
  });
}

type Db = import('@sortie/server/store/db').Db;

async function withDatabase(server: ServerProcess, work: (db: Db) => Promise<void>): Promise<void> {
  const { openDatabase } = await import('@sortie/server/store/db');
  const database = await openDatabase({ driver: 'sqlite', path: join(server.data, 'database.sqlite') });
  try {
    await work(database.db);
  } finally {
    await database.close();
  }
}
