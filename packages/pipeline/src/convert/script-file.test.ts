import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDocuments } from '../documents.ts';
import { createFindingLog } from '../finding-log.ts';
import { readConfig } from '../read.ts';
import { plainJson, toPlainData } from './plain-data.ts';
import { evaluateJsonnetFile, type JsonnetFileOptions, runStarlarkFile } from './script-file.ts';

const EXEC = `type: 'exec', steps: [{ name: 'a', commands: ['true'] }]`;

function jsonnet(text: string, options: Partial<JsonnetFileOptions> = {}) {
  return evaluateJsonnetFile({ file: 'x.jsonnet', text, format: 'yaml', ...options });
}

function names(text: string): readonly string[] {
  const { pipelines, findings } = readConfig(text, { file: 'x' });
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  );
  return pipelines.map(({ name }) => name);
}

describe('a Jsonnet file on the command line', () => {
  test('gives documents that the server accepts, for a single value and for a stream, in both formats', () => {
    const one = `{ kind: 'pipeline', name: 'a', ${EXEC} }`;
    for (const format of ['yaml', 'json'] as const) {
      assert.deepEqual(names(jsonnet(one, { format }).text), ['a']);
      assert.deepEqual(names(jsonnet(`[${one}, ${one} + { name: 'b' }]`, { format }).text), ['a', 'b']);
    }
    assert.equal(jsonnet(`{ b: ['x'], a: 1 }`).text, '---\na: 1\nb:\n- x\n');
  });

  test('as a stream must be an array', () => {
    assert.deepEqual(jsonnet('[{}]', { isStream: true }).findings, []);
    const { findings, text } = jsonnet('{}', { isStream: true });
    assert.deepEqual(
      findings.map(({ code, file, line }) => [code, file, line]),
      [['jsonnet-stream', 'x.jsonnet', 1]],
    );
    assert.equal(text, '');
  });

  test('may be a text of its own', () => {
    assert.equal(
      jsonnet(`'kind: ' + std.extVar('kind') + '\\n'`, { isString: true, extVars: { kind: 'x' } }).text,
      'kind: x\n',
    );
    assert.deepEqual(
      jsonnet('{}', { isString: true }).findings.map(({ code }) => code),
      ['jsonnet-string'],
    );
  });

  test('imports only through the importer that it gets', () => {
    const text = `import 'a'`;
    assert.deepEqual(
      jsonnet(text).findings.map(({ code }) => code),
      ['jsonnet-import'],
    );
    const importer = (path: string) => ({ path, text: '{ a: 1 }' });
    assert.equal(jsonnet(text, { importer }).text, '---\na: 1\n');
  });

  test('takes arguments, and what it traces is kept apart', () => {
    const { text, printed } = jsonnet(`function(a) std.trace('traced', { a: a })`, { tlaVars: { a: 'x' } });
    assert.equal(text, '---\na: x\n');
    assert.deepEqual(printed, ['x.jsonnet:1: traced']);
  });

  test('texts that YAML 1.1 takes for something else come back as texts', () => {
    const texts = [
      'yes',
      'on',
      'n',
      'null',
      '~',
      '',
      '010',
      '0x1f',
      '0b1',
      '1_000',
      '1:30',
      '.5',
      '+7',
      '1e3',
      '1.10',
      '- a',
      'a: b',
      '# a',
      '*a',
      'two\nlines\n',
      ' x',
      '---',
      '...',
      '<<',
      '=',
      '0o17',
      '.inf',
      '2001-01-01',
      "it's",
    ];
    const values = {
      texts,
      keys: Object.fromEntries(texts.map((text) => [text, 1])),
      number: 12345678901,
      float: 1.5,
    };
    for (const format of ['yaml', 'json'] as const) {
      const { text } = jsonnet(JSON.stringify(values), { format });
      const log = createFindingLog('x');
      const [document] = parseDocuments(text, log);
      assert.deepEqual(log.list(), []);
      assert.ok(document);
      const { texts: read, keys, number, float } = JSON.parse(plainJson(toPlainData(document.root)));
      assert.deepEqual(read, texts, format);
      assert.deepEqual(Object.keys(keys).toSorted(), texts.toSorted(), format);
      assert.deepEqual([number, float], [12345678901, 1.5]);
    }
  });
});

describe('a Starlark file on the command line', () => {
  const run = (text: string, format: 'yaml' | 'json' = 'yaml') =>
    runStarlarkFile({ file: 'x.star', text, format, ctx: { build: { event: 'push' }, repo: {} } });

  test('gives a document for a dict and one for each element of a list', () => {
    const one =
      '{"kind": "pipeline", "type": "exec", "name": n, "steps": [{"name": "a", "commands": ["true"]}]}';
    const list = `def main(ctx):\n  print(ctx.build.event)\n  return [${one} for n in ["a", "b"]]\n`;
    for (const format of ['yaml', 'json'] as const) {
      assert.deepEqual(names(run(list, format).text), ['a', 'b']);
      assert.deepEqual(names(run(`def main(ctx):\n  n = "x"\n  return ${one}\n`, format).text), ['x']);
    }
    assert.deepEqual(run(list).printed, ['push']);
    assert.match(run(list).text, /^---\nkind: pipeline\n/);
  });

  test('keeps all digits of large numbers', () => {
    const text = 'def main(ctx):\n  return {"a": 123456789012345678901234567890}\n';
    for (const format of ['yaml', 'json'] as const)
      assert.match(run(text, format).text, /123456789012345678901234567890/);
  });

  test('ends with a finding when the result is no pipeline', () => {
    const { text, findings } = run('def main(ctx):\n  return "text"\n');
    assert.equal(text, '');
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['starlark-result'],
    );
  });
});
