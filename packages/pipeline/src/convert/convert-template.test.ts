import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readConfig } from '../read.ts';
import type { Conversion } from './conversion.ts';
import { type ContextPatch, convertContext } from './convert.fixture.ts';
import { convertConfig } from './convert-config.ts';

function convert(text: string, patch: ContextPatch = {}): Conversion {
  return convertConfig({ path: '.drone.yml', text }, convertContext({ isEnabled: false, ...patch }));
}

function places({ findings }: Conversion): readonly string[] {
  return findings.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
}

function pipelines({ text, file, findings }: Conversion): readonly string[] {
  assert.deepEqual(findings, []);
  return readConfig(text, { file }).pipelines.map(({ name }) => name);
}

const CALL = 'kind: template\nload: t.yaml\ndata:\n  name: hello\n  list: [a, b]\n  map: {k: v}\n  n: 1.0\n';
const BODY = 'kind: pipeline\ntype: exec\nname: {{ .input.name }}\nsteps:\n- name: a\n  commands: [make]\n';

test('[pipeline 114] a missing template is an error, a comment before does not hide one, other documents stay', () => {
  const missing = convert(CALL, { templates: { 't.yaml': undefined } });
  assert.deepEqual(places(missing), ['.drone.yml:2:7 template-missing']);
  const nameless = convert('kind: template\ndata: {}\n');
  assert.deepEqual(places(nameless), ['.drone.yml:1:1 template-load']);
  const templates = { 't.yaml': BODY };
  assert.deepEqual(pipelines(convert(`# a comment\n---\n${CALL}`, { templates })), ['hello']);
  assert.deepEqual(
    pipelines(convert(`# a comment\n${CALL.replace('template', 'template # x')}`, { templates })),
    ['hello'],
  );
  const other = BODY.replace('{{ .input.name }}', 'other');
  assert.deepEqual(pipelines(convert(`${CALL}---\n${other}`, { templates })), ['hello', 'other']);
});

test('several template documents are expanded, each where it stands, and may make several documents', () => {
  const second = CALL.replace('hello', 'second');
  const templates = { 't.yaml': `${BODY}---\n${BODY.replace('}}', '}}-2')}...\nrest\n` };
  assert.deepEqual(pipelines(convert(`${CALL}---\n${second}`, { templates })), [
    'hello',
    'hello-2',
    'second',
    'second-2',
  ]);
});

test('a template that is not there yet is asked for by name', () => {
  const { wanted, text } = convert(CALL);
  assert.deepEqual([wanted, text], [{ files: [], templates: ['t.yaml'] }, '']);
});

describe('text templates', () => {
  const render = (template: string, patch: ContextPatch = {}) => {
    const { text, findings } = convert(CALL, { templates: { 't.yaml': template }, ...patch });
    assert.deepEqual(findings, []);
    return text.replace(/^---\n/, '').trimEnd();
  };

  test('[pipeline 115] .repo.Slug and .repo.slug both work', () => {
    assert.equal(render('a: {{ .repo.Slug }} {{ .repo.slug }}'), 'a: octo/hello octo/hello');
    assert.equal(
      render('{{ .build.Target }} {{ .build.target }} {{ .build.AuthorLogin }} {{ .build.Author }}'),
      'main main octocat octocat',
    );
    assert.equal(
      render('{{ .repo.git_http_url }}'),
      render('{{ .repo.HTTPURL }}'),
      'the name in the record and the documented one',
    );
    assert.equal(render('{{ .build.Params.color }} {{ .build.params.color }}'), 'red red');
  });

  test('missing input, lists and functions are as Go has them', () => {
    assert.equal(render('{{ .input.nothing }} {{ .input.list }}'), '<no value> [a b]');
    assert.equal(render('{{ range .input.list }}<{{ . }}>{{ end }}'), '<a><b>');
    assert.equal(render('{{ .input.name | upper }} {{ md5 "a" }}'), 'HELLO 0cc175b9c0f1b6a831c399e269772661');
    assert.equal(render('{{ yamlEncode .input.map }}'), 'k: v');
    assert.equal(render('{{ yamlEncode .input.list }}'), '- a\n- b');
    assert.equal(render('{{ (yamlDecode "x: [1, yes]").x }}'), '[1 true]');
  });

  test('errors name the template, line and column', () => {
    const result = convert(CALL, {
      templates: { 't.yaml': 'kind: pipeline\nname: {{ .input.name | nothing }}\n' },
    });
    assert.match(places(result)[0] ?? '', /^t\.yaml:2:\d+ template-/);
    assert.equal(result.text, '');
  });

  test('the environment of the server is out of reach', () => {
    for (const name of ['env', 'getenv', 'readFile', 'readDir', 'fileExists']) {
      const result = convert(CALL, { templates: { 't.yaml': `{{ ${name} "PATH" }}` } });
      assert.match(places(result)[0] ?? '', /template-syntax$/, name);
    }
  });
});

test('templates in Starlark and Jsonnet work while the languages are off for files', () => {
  const star = `def main(ctx):
  return {"kind": "pipeline", "type": "exec", "name": ctx.input.name + ctx.input.map["k"], "steps": [
    {"name": "a", "commands": ["make"]}]}
`;
  const load = (name: string) => CALL.replace('t.yaml', name);
  assert.deepEqual(pipelines(convert(load('t.star'), { templates: { 't.star': star } })), ['hellov']);
  const jsonnet = `{ kind: 'pipeline', type: 'exec', steps: [{ name: 'a', commands: ['make'] }],
    name: std.extVar('input.name') + std.extVar('input.list') + std.extVar('input.map') + std.extVar('input').list[1] }`;
  assert.deepEqual(pipelines(convert(load('t.jsonnet'), { templates: { 't.jsonnet': jsonnet } })), [
    'hello[a b]map[k:v]b',
  ]);
});

test('a Jsonnet template cannot import, whatever the limit', () => {
  const result = convert(CALL.replace('t.yaml', 't.jsonnet'), {
    importLimit: 5,
    files: { 'a.libsonnet': '{}' },
    templates: { 't.jsonnet': `import 'a.libsonnet'` },
  });
  assert.deepEqual(places(result), ['t.jsonnet:1:1 jsonnet-import']);
});

test('other endings and other shapes of data are errors at their place', () => {
  assert.deepEqual(places(convert(CALL.replace('t.yaml', 't.txt'))), ['.drone.yml:2:7 template-ending']);
  assert.deepEqual(places(convert('kind: template\nload: t.yaml\ndata: [a]\n')), [
    '.drone.yml:3:7 wrong-type',
  ]);
});

test('more than 50 templates in a file are an error, and those below share the limits', () => {
  const templates = { 't.yaml': '{{ range .input.list }}{{ end }}' };
  assert.deepEqual(places(convert(`${CALL}---\n`.repeat(51), { templates })), [
    '.drone.yml:401:1 too-many-templates',
  ]);
  const heavy = `{{ range (split (repeat "a," 20000) ",") }}{{ . | upper | lower }}{{ end }}`;
  assert.deepEqual(convert(CALL, { templates: { 't.yaml': heavy } }).findings, []);
  const many = convert(`${CALL}---\n`.repeat(50), { templates: { 't.yaml': heavy } });
  assert.equal(many.findings[0]?.code, 'template-limit');
});
