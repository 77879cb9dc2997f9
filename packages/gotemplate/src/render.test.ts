import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { float, type GoValue, record, stringMap } from './data.ts';
import { type RenderOptions, renderTemplate } from './render.ts';
import { TemplateError } from './template-error.ts';

function render(source: string, options: Partial<RenderOptions> = {}): string {
  return renderTemplate(source, { name: 'test.yml', data: {}, ...options });
}

function errorOf(source: string, options: Partial<RenderOptions> = {}): TemplateError {
  try {
    render(source, options);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error('The template rendered.');
}

const PIPELINE = `kind: pipeline
name: {{ .input.name | lower }}
steps:
{{- range $index, $step := .input.steps }}
- name: {{ $step.name }}
  image: {{ $step.image }}
  {{- with $step.commands }}
  commands:
  {{- range . }}
  - {{ . }}
  {{- end }}
  {{- end }}
{{- end }}
{{ if eq .build.Event "push" -}}
trigger:
  branch: {{ .build.Target }}
{{ end -}}
`;

describe('a template of a pipeline', () => {
  it('gives the text that Drone gives', () => {
    const steps = [
      { name: 'test', image: 'go:1.22', commands: ['go vet', 'go test'] },
      { name: 'x', image: 'sh' },
    ];
    const data = { input: { name: 'Main', steps }, build: record({ Event: 'push', Target: 'main' }) };
    assert.equal(
      render(PIPELINE, { data }),
      `kind: pipeline
name: main
steps:
- name: test
  image: go:1.22
  commands:
  - go vet
  - go test
- name: x
  image: sh
trigger:
  branch: main
`,
    );
  });

  it('[pipeline 115] may write .repo.Slug and .repo.slug', () => {
    const repo = record({ Slug: 'octo/hello', Name: 'hello' }, { aliases: { slug: 'Slug', name: 'Name' } });
    assert.equal(
      render('{{.repo.Slug}} {{.repo.slug}} {{.repo}}', { data: { repo } }),
      'octo/hello octo/hello {octo/hello hello}',
    );
  });

  it('prints <no value> for a key that the input lacks', () => {
    assert.equal(render('{{.input.x}}', { data: { input: {} } }), '<no value>');
  });
});

describe('data from the caller', () => {
  it('keeps whole numbers, floats, maps and text apart as Go does', () => {
    const data = {
      int: 3,
      float: float(3),
      big: 2n ** 62n,
      half: 0.5,
      map: new Map([['k', 'v']]),
      env: stringMap({ A: 'b' }),
    };
    const source = '{{range $k, $v := .}}{{printf "%s:%T=%v " $k $v $v}}{{end}}';
    assert.equal(
      render(source, { data }),
      'big:int=4611686018427387904 env:map[string]string=map[A:b] float:float64=3 half:float64=0.5 int:int=3 ' +
        'map:map[string]interface {}=map[k:v] ',
    );
  });

  it('may be nil as a whole, and undefined in part', () => {
    assert.equal(render('{{.}} {{.x}}', { data: null }), '<no value> <no value>');
    assert.equal(render('{{.x}}', { data: { x: undefined } }), '<no value>');
  });

  it('is refused when it contains itself', () => {
    const cycle: Record<string, GoValue> = {};
    cycle.self = cycle;
    assert.equal(errorOf('x', { data: cycle }).kind, 'limit');
  });

  it('is refused when a whole number has more than 64 bits', () => {
    assert.match(errorOf('x', { data: { n: 2n ** 63n } }).message, /64 bits/);
  });
});

describe('functions of the caller', () => {
  it('get plain values and may return any data', () => {
    const functions = {
      describe: (...args: readonly unknown[]) => JSON.stringify(args),
      list: () => [1, float(2), 'ü'],
    };
    assert.equal(
      render('{{describe 1 1.5 "ü" nil true}} {{list}}', { functions }),
      '[1,1.5,"ü",null,true] [1 2 ü]',
    );
  });

  it('replace built-in ones of the same name', () => {
    assert.equal(render('{{len "x"}}', { functions: { len: () => 'mine' } }), 'mine');
  });

  it('may fail, and the error tells which and where', () => {
    const cause = new Error('no such file');
    const functions = {
      readFile: () => {
        throw cause;
      },
    };
    const error = errorOf('a\nb {{ readFile "x" }}', { functions });
    assert.deepEqual(
      [error.kind, error.line, error.column, error.message],
      ['execution', 2, 6, 'readFile: no such file'],
    );
  });
});

describe('what only the caller has', () => {
  it('is an error without the caller', () => {
    for (const call of ['now', 'md5 "x"', 'yamlEncode 1', 'yamlDecode "a: 1"', 'time 0 "Europe/Berlin"'])
      assert.equal(errorOf(`{{${call}}}`).kind, 'execution', call);
  });

  it('reaches the clock through now', () => {
    assert.equal(
      render('{{now}} {{now.Unix}}', { now: () => 1_600_000_000_500 }),
      '2020-09-13 12:26:40.5 +0000 UTC 1600000000',
    );
  });

  it('shows times in the zone of the caller', () => {
    const zones = (name: string) => (name === 'Here' ? { name: 'HT', offset: -5400 } : undefined);
    const options = { zones, localZone: 'Here' };
    assert.equal(
      render('{{time 0}} {{time 0 "Local"}}', options),
      '1969-12-31 22:30:00 -0130 HT 1969-12-31 22:30:00 -0130 HT',
    );
    assert.match(errorOf('{{time 0 "There"}}', options).message, /"There" is not known/);
  });

  it('writes and reads YAML with the library of the caller', () => {
    const yaml = {
      encode: (data: unknown) => `<${JSON.stringify(data)}>`,
      decode: (text: string) => ({ text, list: [1] }),
    };
    assert.equal(
      render('{{yamlEncode .a}} {{(yamlDecode "ü").text}} {{(yamlDecode "ü").list}}', {
        yaml,
        data: { a: ['x', 1] },
      }),
      '<["x",1]> ü [1]',
    );
    assert.match(errorOf('{{yamlDecode "x"}}', { yaml: { decode: () => 5 } }).message, /must be a map/);
  });

  it('gives hash functions bytes', () => {
    const hashes = { md5: (bytes: Uint8Array) => [...bytes].join('-') };
    assert.equal(render('{{md5 "é\\xff"}}', { hashes }), '195-169-255');
  });
});

describe('functions that reach the environment and files', () => {
  for (const name of ['env', 'getenv', 'readFile', 'readDir', 'fileExists']) {
    it(`do not exist: ${name}`, () => {
      assert.match(errorOf(`{{${name} "HOME"}}`).message, new RegExp(`"${name}" does not exist`));
    });
  }
});

describe('errors', () => {
  it('tell line and column in characters', () => {
    const error = errorOf('é\nüö {{ .a.b }}', { data: { a: 1 } });
    assert.deepEqual([error.file, error.line, error.column], ['test.yml', 2, 7]);
    assert.equal(error.describe(), 'test.yml:2:7: A value of type int has no field b.');
  });

  it('tell the calls of templates, innermost first', () => {
    const source =
      '{{define "inner"}}{{.x.y}}{{end}}{{define "outer"}}\n{{template "inner" .}}{{end}}{{template "outer" .l}}';
    const error = errorOf(source, { data: { l: [1] } });
    assert.deepEqual(error.trace, [
      { template: 'inner', line: 2, column: 3 },
      { template: 'outer', line: 2, column: 32 },
    ]);
    assert.match(
      error.describe(),
      /\n {2}in template "inner", called at line 2, column 3\n {2}in template "outer"/,
    );
  });

  it('name the fields that a record has', () => {
    const error = errorOf('{{.build.Nope}}', { data: { build: record({ Event: 'push', Größe: 1 }) } });
    assert.equal(error.message, 'The record has no field Nope; it has Event, Größe.');
  });

  it('show names as they are written, and long ones shortened', () => {
    assert.match(errorOf('{{größe}}').message, /"größe" does not exist/);
    assert.ok(errorOf(`{{${'x'.repeat(5000)}}}`).message.length < 200);
  });

  it('that are not about the template pass unchanged', () => {
    const data = new Proxy({}, { ownKeys: () => assert.fail('not a template error') });
    assert.throws(() => render('x', { data }), assert.AssertionError);
  });
});
