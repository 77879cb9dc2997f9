import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readConfig } from '../read.ts';
import type { Conversion } from './conversion.ts';
import { type ContextPatch, convertContext } from './convert.fixture.ts';
import { convertConfig } from './convert-config.ts';

function convert(path: string, text: string, patch: ContextPatch = {}): Conversion {
  return convertConfig({ path, text }, convertContext(patch));
}

/** Names of the pipelines that the server reads from the result. */
function pipelines(conversion: Conversion): readonly string[] {
  assert.deepEqual(errors(conversion), []);
  const { pipelines: found, findings } = readConfig(conversion.text, { file: conversion.file });
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  );
  return found.map(({ name }) => name);
}

function errors({ findings }: Conversion): readonly string[] {
  return findings.flatMap((finding) => {
    const { severity, file, line, column, code } = finding;
    return severity === 'error' ? [`${file}:${line}:${column} ${code}`] : [];
  });
}

const EXEC = `type: 'exec', steps: [{ name: 'a', commands: ['true'] }]`;

describe('selection', () => {
  test('a plain YAML file stays as it is', () => {
    const text = 'kind: pipeline\nname: a\n';
    assert.deepEqual(convert('.drone.yml', text), { text, file: '.drone.yml', findings: [], printed: [] });
  });

  for (const path of ['.drone.star', 'ci/build.starlark', 'x.script']) {
    test(`${path} is Starlark`, () => {
      const result = convert(path, 'def main(ctx):\n  return {"kind": "pipeline", "name": ctx.repo.slug}\n');
      assert.match(result.text, /"name": "octo\/hello"/);
    });
  }

  test('a script language that is off is an error that names the setting', () => {
    const jsonnet = convert('.drone.jsonnet', '{}', { isEnabled: false });
    assert.deepEqual(errors(jsonnet), ['.drone.jsonnet:1:1 jsonnet-disabled']);
    assert.match(jsonnet.findings[0]?.hint ?? '', /DRONE_JSONNET_ENABLED/);
    assert.deepEqual(errors(convert('.drone.star', '', { isEnabled: false })), [
      '.drone.star:1:1 starlark-disabled',
    ]);
  });

  test('files of other products are errors that show the new spelling', () => {
    const result = convert('bitbucket-pipelines.yml', 'pipelines: {}\n');
    assert.deepEqual(errors(result), ['bitbucket-pipelines.yml:1:1 foreign-format']);
    assert.match(result.findings[0]?.hint ?? '', /kind: pipeline/);
    assert.deepEqual(errors(convert('.gitlab-ci.yml', '')), ['.gitlab-ci.yml:1:1 foreign-format']);
  });

  test('the format of Drone 0.8 is converted, with a warning', () => {
    const result = convert('.drone.yml', 'pipeline:\n  a:\n    image: alpine\n    commands: [make]\n');
    assert.deepEqual(pipelines(result), ['default']);
    assert.equal(result.file, '.drone.yml (converted)');
    assert.deepEqual(
      result.findings.map(({ code, line }) => [code, line]),
      [['legacy-format', 1]],
    );
  });
});

describe('Jsonnet', () => {
  test('an array is a stream of documents, a map is one', () => {
    const one = convert('.drone.jsonnet', `{ kind: 'pipeline', name: 'a', ${EXEC} }`);
    assert.deepEqual(pipelines(one), ['a']);
    assert.equal(one.file, '.drone.jsonnet (generated)');
    const item = (name: string) => `{ kind: 'pipeline', name: '${name}', ${EXEC} }`;
    assert.deepEqual(pipelines(convert('.drone.jsonnet', `[${item('a')}, ${item('b')}]`)), ['a', 'b']);
  });

  test('sees build, parameters and repository as text, and as records with real types', () => {
    const result = convert(
      '.drone.jsonnet',
      `[std.extVar('build.commit'), std.extVar('build.param.color'), std.extVar('repo.trusted'),
        std.extVar('repo').trusted, std.extVar('build').cron, std.extVar('build').params.color]`,
    );
    const values = result.text.split('---\n').map((part) => part.trim());
    assert.deepEqual(values.slice(1), [
      '"6dcb09b5b57875f334f61aebed695e2e4193db5e"',
      '"red"',
      '"false"',
      'false',
      '"nightly"',
      '"red"',
    ]);
  });

  test('errors have file, line, column and a hint', () => {
    const result = convert('.drone.jsonnet', '{\n  kind: "pipeline"\n  name: 1,\n}');
    assert.deepEqual(errors(result), ['.drone.jsonnet:3:3 jsonnet-syntax']);
    assert.notEqual(result.findings[0]?.hint, undefined);
    const failing = convert('.drone.jsonnet', 'local f(x) = error "no " + x;\nf("way")');
    assert.match(failing.findings[0]?.message ?? '', /no way/);
  });

  test('[pipeline 116] importstr of /etc/passwd is refused and reads nothing', () => {
    const text = `{ kind: 'pipeline', name: importstr '/etc/passwd', ${EXEC} }`;
    for (const importLimit of [0, 5]) {
      const result = convert('.drone.jsonnet', text, { importLimit });
      assert.deepEqual(errors(result), ['.drone.jsonnet:1:27 jsonnet-import']);
      assert.equal(result.text, '');
      assert.equal(result.wanted, undefined);
    }
  });

  test('imports are off unless a limit is set', () => {
    const result = convert('.drone.jsonnet', `import 'a.libsonnet'`, { files: { 'a.libsonnet': '{}' } });
    assert.deepEqual(errors(result), ['.drone.jsonnet:1:1 jsonnet-import']);
    assert.match(result.findings[0]?.hint ?? '', /DRONE_JSONNET_IMPORT_LIMIT/);
  });
});

describe('Jsonnet imports', () => {
  const main = `local lib = import 'lib/a.libsonnet'; { kind: 'pipeline', name: lib.name, ${EXEC} }`;
  const lib = { 'lib/a.libsonnet': `{ name: importstr 'name.txt' }`, 'lib/name.txt': 'from-file' };

  test('what is not there yet is named, file by file', () => {
    const first = convert('.drone.jsonnet', main, { importLimit: 3 });
    assert.deepEqual(first.wanted, { files: ['lib/a.libsonnet'], templates: [] });
    const files = { 'lib/a.libsonnet': lib['lib/a.libsonnet'] };
    const second = convert('.drone.jsonnet', main, { importLimit: 3, files });
    assert.deepEqual(second.wanted, { files: ['lib/name.txt'], templates: [] });
    assert.deepEqual(pipelines(convert('.drone.jsonnet', main, { importLimit: 3, files: lib })), [
      'from-file',
    ]);
  });

  test('from the configuration are looked up at the root first, then beside it with a hint', () => {
    const text = `import 'x.libsonnet'`;
    const x = `{ kind: 'pipeline', name: 'x', ${EXEC} }`;
    const wanted = convert('ci/.drone.jsonnet', text, { importLimit: 1 }).wanted;
    assert.deepEqual(wanted, { files: ['x.libsonnet'], templates: [] });
    const context = convertContext({ importLimit: 1, files: { 'ci/x.libsonnet': x } });
    const files = new Map([...context.files, ['x.libsonnet', { problem: 'Not there.' }]] as const);
    const beside = convertConfig({ path: 'ci/.drone.jsonnet', text }, { ...context, files });
    assert.deepEqual(pipelines(beside), ['x']);
    assert.deepEqual(
      beside.findings.map(({ code, line, column }) => [code, line, column]),
      [['jsonnet-import-beside', 1, 1]],
    );
  });

  test('cannot leave the repository', () => {
    for (const path of ['../x', 'a/../../x', '/etc/passwd', 'a\\\\..\\\\x']) {
      const result = convert('.drone.jsonnet', `import '${path}'`, { importLimit: 9 });
      assert.deepEqual(errors(result), ['.drone.jsonnet:1:1 jsonnet-import'], path);
    }
  });

  test('more files than the limit are an error at the import', () => {
    const text = `(import 'a.libsonnet') +\n(import 'b.libsonnet')`;
    const files = { 'a.libsonnet': '{}', 'b.libsonnet': '{}' };
    const result = convert('.drone.jsonnet', text, { importLimit: 1, files });
    assert.deepEqual(errors(result), ['.drone.jsonnet:2:2 jsonnet-import']);
    assert.match(result.findings[0]?.message ?? '', /more than 1 files/);
  });

  test('the same file counts once', () => {
    const text = `[import 'a.libsonnet', import 'a.libsonnet']`;
    const files = { 'a.libsonnet': `{ kind: 'pipeline', name: 'a', ${EXEC} }` };
    assert.deepEqual(errors(convert('.drone.jsonnet', text, { importLimit: 1, files })), []);
  });

  test('an import that no scan of the text finds is asked for all the same', () => {
    const text = `import /* here */ 'a.libsonnet'`;
    assert.deepEqual(convert('.drone.jsonnet', text, { importLimit: 1 }).wanted?.files, ['a.libsonnet']);
  });
});

describe('Starlark', () => {
  const map =
    '{"kind": "pipeline", "type": "exec", "name": n, "steps": [{"name": "a", "commands": ["true"]}]}';

  test('[pipeline 117] a list makes several stages, a dict one; a string and an endless loop are errors', () => {
    const list = convert('.drone.star', `def main(ctx):\n  return [${map} for n in ["a", "b", "c"]]\n`);
    assert.deepEqual(pipelines(list), ['a', 'b', 'c']);
    const dict = convert('.drone.star', `def main(ctx):\n  n = "one"\n  return ${map}\n`);
    assert.deepEqual(pipelines(dict), ['one']);
    const text = convert('.drone.star', 'def main(ctx):\n  return "x"\n');
    assert.deepEqual(errors(text), ['.drone.star:1:1 starlark-result']);
    const loop = convert('.drone.star', 'x = [i for i in range(1000000000)]\ndef main(ctx):\n  return {}\n');
    assert.deepEqual(
      loop.findings.map(({ code, file }) => [code, file]),
      [['starlark-limit', '.drone.star']],
    );
    assert.match(loop.findings[0]?.hint ?? '', /DRONE_STARLARK_STEP_LIMIT/);
  });

  test('sees build and repository as records, with real booleans and the parameters as a dict', () => {
    const result = convert(
      '.drone.star',
      `def main(ctx):
  print("building", ctx.build.event)
  return {"a": ctx.build.commit, "b": ctx.build.params["color"], "c": ctx.repo.trusted, "d": ctx.build.debug,
    "e": ctx.build.cron, "f": ctx.build.environment, "g": ctx.repo.ignore_pull_requests}
`,
    );
    assert.deepEqual(JSON.parse(result.text.replace('---\n', '')), {
      a: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
      b: 'red',
      c: false,
      d: false,
      e: 'nightly',
      f: 'staging',
      g: false,
    });
    assert.deepEqual(result.printed, ['building push']);
  });

  test('the step limit of the server holds from the first line on', () => {
    const result = convert('.drone.star', 'x = [i for i in range(500)]\ndef main(ctx):\n  return {}\n', {
      steps: 100,
    });
    assert.deepEqual(
      result.findings.map(({ code }) => code),
      ['starlark-limit'],
    );
  });

  test('a large pipeline is not lost on one long line', () => {
    const result = convert(
      '.drone.star',
      `def main(ctx):\n  n = "big"\n  p = ${map}\n  p["x"] = "y" * 200000\n  n = "next"\n  return [p, ${map}]\n`,
    );
    assert.deepEqual(pipelines(result), ['big', 'next']);
  });

  test('load is forbidden', () => {
    const result = convert('.drone.star', 'load("a.star", "x")\ndef main(ctx):\n  return {}\n');
    assert.match(errors(result)[0] ?? '', /^\.drone\.star:1:\d+ starlark-/);
  });
});
