import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import { aBuildDraft, aRepo, TEST_NOW } from '@sortie/testing/domain-builders';
import { ensureConnection } from '../store/connections.ts';
import { openDatabase } from '../store/db.ts';
import { insertRepo } from '../store/repos.ts';
import { insertTemplate } from '../store/templates.ts';
import { type ConvertDeps, convertCommitConfig } from './convert.ts';

const COMMIT = 'c'.repeat(40);

interface World {
  readonly deps: ConvertDeps;
  readonly repo: Repo;
  /** Paths that were read, in order. */
  readonly read: string[];
}

/** A server whose repositories hold these files; a file given as an error cannot be read. */
function it(
  title: string,
  files: Readonly<Record<string, string | Error>>,
  body: (world: World) => Promise<void>,
) {
  test(title, async () => {
    const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
    try {
      const repo = await insertRepo(database.db, aRepo({ configPath: '.drone.jsonnet' }));
      const read: string[] = [];
      await body({
        deps: { db: database.db, convert: RULES, now: () => TEST_NOW, source: sourceOf(files, read) },
        repo,
        read,
      });
    } finally {
      await database.close();
    }
  });
}

const RULES = {
  jsonnet: { isEnabled: true, importLimit: 3 },
  starlark: { isEnabled: true, steps: 0, outputBytes: 0 },
};

function sourceOf(files: Readonly<Record<string, string | Error>>, read: string[]): ConvertDeps['source'] {
  return {
    findCommit: async () => undefined,
    commitWithFile: async (_repo, sha, path) => {
      assert.equal(sha, COMMIT);
      read.push(path);
      const found = files[path];
      if (found instanceof Error) throw found;
      const commit = { sha, message: '', authorLogin: '', authorName: '', authorEmail: '' };
      return { commit, text: found };
    },
  };
}

function convert({ deps, repo }: World, text: string, configPath = repo.configPath) {
  const build = aBuildDraft();
  return convertCommitConfig(deps, { repo: { ...repo, configPath }, build, commit: COMMIT, text });
}

it('imports are read from the commit of the build, each once', {
  'a.libsonnet': `import 'lib/b.libsonnet'`,
  'lib/b.libsonnet': `{ n: importstr 'c.txt' }`,
  'lib/c.txt': 'c',
}, async (world) => {
  const text = `{ a: (import 'a.libsonnet').n, b: (import 'a.libsonnet').n }`;
  const conversion = await convert(world, text);
  assert.deepEqual(conversion.findings, []);
  assert.deepEqual(JSON.parse(conversion.text.replace('---\n', '')), { a: 'c', b: 'c' });
  assert.deepEqual(world.read, ['a.libsonnet', 'lib/b.libsonnet', 'lib/c.txt']);
});

it('a file that is not there is an error at the import', {}, async (world) => {
  const { findings, text } = await convert(world, `{\n  a: import 'a.libsonnet' }`);
  assert.deepEqual(
    findings.map(({ file, line, column, message }) => [file, line, column, message]),
    [['.drone.jsonnet', 2, 6, 'There is no file "a.libsonnet" in commit cccccccc.']],
  );
  assert.equal(text, '');
});

it('a file that cannot be imported says why, and a source that fails is no finding', {
  'large.libsonnet': new AppError('config-too-large', 'The file is larger than 1 MiB.'),
  'broken.libsonnet': new AppError('git-missing', 'The disk is gone.'),
}, async (world) => {
  const { findings } = await convert(world, `import 'large.libsonnet'`);
  assert.deepEqual(
    findings.map(({ message }) => message),
    ['The file is larger than 1 MiB.'],
  );
  await assert.rejects(convert(world, `import 'broken.libsonnet'`), /The disk is gone/);
});

it('nothing outside of the repository is asked for', {}, async (world) => {
  for (const path of ['/etc/passwd', '../../x', './../x']) {
    const { findings } = await convert(world, `importstr '${path}'`);
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['jsonnet-import'],
    );
  }
  assert.deepEqual(world.read, []);
});

it('files that never stop importing others end in an error', {}, async (world) => {
  const endless: ConvertDeps['source'] = {
    findCommit: async () => undefined,
    commitWithFile: async (_repo, sha, path) => {
      world.read.push(path);
      const commit = { sha, message: '', authorLogin: '', authorName: '', authorEmail: '' };
      return { commit, text: `import '${path}x'` };
    },
  };
  const { findings } = await convert({ ...world, deps: { ...world.deps, source: endless } }, `import 'x'`);
  assert.deepEqual(
    findings.map(({ severity, code }) => [severity, code]),
    [['error', 'jsonnet-import']],
  );
  assert.ok(world.read.length < 60, `${world.read.length} files were read`);
});

it('templates come from the namespace of the repository', {}, async (world) => {
  const { deps, repo } = world;
  const data = 'kind: pipeline\nname: {{ .repo.slug }}\n';
  const template = { name: 't.yaml', data, created: 1, updated: 1 };
  await insertTemplate(deps.db, { ...template, namespace: repo.namespace.toUpperCase() });
  await insertTemplate(deps.db, { ...template, name: 'other.yaml', namespace: 'other' });
  const found = await convert(world, 'kind: template\nload: t.yaml\n', '.drone.yml');
  assert.equal(found.text, `---\nkind: pipeline\nname: ${repo.slug}\n`);
  const missing = await convert(world, 'kind: template\nload: other.yaml\n', '.drone.yml');
  assert.deepEqual(
    missing.findings.map(({ code, line }) => [code, line]),
    [['template-missing', 2]],
  );
  const { id: connectionId } = await ensureConnection(deps.db, {
    kind: 'gitea',
    name: 'g',
    url: 'https://g.example',
  });
  const draft = aRepo({
    namespace: repo.namespace,
    name: 'trap',
    connectionId,
    configPath: '.drone.jsonnet',
  });
  const trap = { ...world, repo: await insertRepo(deps.db, draft) };
  const strange = await convert(trap, 'kind: template\nload: t.yaml\n', '.drone.yml');
  assert.equal(strange.findings[0]?.code, 'template-missing', 'a namespace of the same name elsewhere');
});
