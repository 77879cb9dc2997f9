import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonnetError } from './errors.ts';
import { type EvaluateOptions, evaluate, evaluateDocuments, type Importer } from './evaluate.ts';
import { manifestJson, manifestStream } from './manifest/json.ts';

function resultOf(source: string, options: Partial<EvaluateOptions> = {}): unknown {
  return evaluate(source, { file: '.drone.jsonnet', ...options }).value;
}

function errorOf(source: string, options: Partial<EvaluateOptions> = {}): JsonnetError {
  try {
    resultOf(source, options);
  } catch (error) {
    if (error instanceof JsonnetError) return error;
    throw error;
  }
  return assert.fail('the program has a value');
}

/** An importer over a few files, by path from the root; it notes who asks for what. */
function importerOf(files: Record<string, string>, asked: string[] = []): Importer {
  return (path, from) => {
    asked.push(`${from} → ${path}`);
    const text = files[path];
    return text === undefined ? undefined : { path, text };
  };
}

test('a pipeline made of functions, comprehensions and inheritance becomes plain data', () => {
  const source = `
    local step(name, commands) = { name: name, image: 'node:20', commands: commands };
    local base = { kind: 'pipeline', type: 'docker', steps: [step('test', ['npm test'])] };
    [base { name: 'linux-' + arch, platform+: { arch: arch } } for arch in ['amd64', 'arm64']]`;
  const step = { name: 'test', image: 'node:20', commands: ['npm test'] };
  const base = { kind: 'pipeline', type: 'docker', steps: [step] };
  assert.deepEqual(resultOf(source), [
    { ...base, name: 'linux-amd64', platform: { arch: 'amd64' } },
    { ...base, name: 'linux-arm64', platform: { arch: 'arm64' } },
  ]);
});

test('what nobody asks for is not evaluated', () => {
  assert.equal(resultOf('local unused = error "a"; {x: error "b", y: 1}.y + [error "c", 2][1]'), 3);
});

test('self and $ mean the final object, super what it extends', () => {
  const source = '{a: 1, b: self.a, c: {d: $.a}} + {a: 2, b: super.b * 10}';
  assert.deepEqual(resultOf(source), { a: 2, b: 20, c: { d: 2 } });
});

test('external variables are texts or code and are evaluated when they are needed', () => {
  const options = {
    extVars: { 'build.event': 'push' },
    extCode: { 'build.data': '{number: 40 + 2}', broken: 'error "never"' },
  };
  const source = 'std.extVar("build.event") + std.extVar("build.data").number';
  assert.equal(resultOf(source, options), 'push42');
  assert.match(errorOf('std.extVar("broken")', options).message, /never/);
  assert.match(errorOf('std.extVar("toString")', options).message, /no external variable "toString"/);
});

test('a file that is a function gets the top-level arguments', () => {
  const options = { tlaVars: { name: 'x' }, tlaCode: { count: '1 + 1' } };
  assert.deepEqual(resultOf('function(name, count, last="z") [name, count, last]', options), ['x', 2, 'z']);
  assert.match(errorOf('function(other) other', options).message, /has no parameter "name"/);
  assert.match(errorOf('function(name) name').message, /needs an argument for the parameter "name"/);
});

test('[pipeline 116] without an importer no file is read', () => {
  for (const form of ['import', 'importstr', 'importbin']) {
    const error = errorOf(`${form} "/etc/passwd"`);
    assert.equal(error.kind, 'import');
    assert.match(error.message, /Imports are not allowed here/);
  }
});

test('imports are asked for once, relative to the file that holds them, and evaluated once per file', () => {
  const asked: string[] = [];
  const importer = importerOf(
    { 'a.libsonnet': '{x: (import "b.libsonnet").y}', 'b.libsonnet': '{y: 7}' },
    asked,
  );
  const source = '(import "a.libsonnet").x + (import "a.libsonnet").x';
  assert.equal(resultOf(source, { importer }), 14);
  assert.deepEqual(asked, ['.drone.jsonnet → a.libsonnet', 'a.libsonnet → b.libsonnet']);
});

test('a file that is not there, is broken or imports itself is an error that names the place', () => {
  const importer = importerOf({ 'bad.libsonnet': '{\n  x: ', 'loop.libsonnet': 'import "loop.libsonnet"' });
  assert.match(errorOf('import "no.libsonnet"', { importer }).message, /"no.libsonnet" was not found/);
  const bad = errorOf('import "bad.libsonnet"', { importer });
  assert.deepEqual([bad.kind, bad.file, bad.line, bad.column], ['syntax', 'bad.libsonnet', 2, 6]);
  assert.equal(errorOf('import "loop.libsonnet"', { importer }).kind, 'limit');
});

test('files can be imported as text and as bytes', () => {
  const importer = importerOf({ 'a.txt': 'ö\n' });
  assert.equal(resultOf('importstr "a.txt"', { importer }), 'ö\n');
  assert.deepEqual(resultOf('importbin "a.txt"', { importer }), [195, 182, 10]);
});

test('std.trace is collected with its place and changes nothing', () => {
  const { value, traces } = evaluate('{\n  a: std.trace("here", 1)\n}', { file: 'f' });
  assert.deepEqual(value, { a: 1 });
  assert.deepEqual(traces, [{ message: 'here', file: 'f', line: 2, column: 15 }]);
});

test('a top-level array is a stream of documents, anything else is one document', () => {
  const options = { file: 'f' };
  assert.deepEqual(evaluateDocuments('[{a: 1}, 2]', options).documents, [{ a: 1 }, 2]);
  assert.deepEqual(evaluateDocuments('{a: 1}', options).documents, [{ a: 1 }]);
  assert.deepEqual(evaluateDocuments('[]', options).documents, []);
});

test('documents are written as JSON behind lines of three dashes', () => {
  const { documents } = evaluateDocuments('[{b: [], a: [1, "x"]}, {}]', { file: 'f' });
  const first = '---\n{\n   "a": [\n      1,\n      "x"\n   ],\n   "b": [ ]\n}\n';
  assert.equal(manifestStream(documents), `${first}---\n{ }\n`);
});

test('fields are written in the order of their code points, whatever they look like', () => {
  const { value } = evaluate('{"10": 1, "9": 2, b: 3, "😀": 4, "\uffff": 5, "__proto__": 6}', { file: 'f' });
  assert.equal(
    manifestJson(value, '').replaceAll('\n', ''),
    '{"10": 1,"9": 2,"__proto__": 6,"b": 3,"\uffff": 5,"😀": 4}',
  );
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

test('the same source has the same result and the same use of its limits', () => {
  const source = 'std.sort([(i * 7919) % 1009 for i in std.range(1, 500)])[100]';
  const limits = { steps: 20_000 };
  assert.equal(resultOf(source, { limits }), resultOf(source, { limits }));
});
