import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { convertLegacy } from './convert-legacy.ts';
import { foreignFormatOf, isLegacyFormat } from './legacy-format.ts';

function convert(text: string, compatibility = false) {
  return convertLegacy(text, {
    file: '.drone.yml',
    repoLink: 'https://git.example.com:3000/octo/hello',
    compatibility,
  });
}

/** The single pipeline that a text is converted to, without the parts that are always the same. */
function pipeline(text: string): Record<string, unknown> {
  const { text: converted, findings } = convert(text);
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  );
  const { kind, name, platform, ...rest } = parse(converted.replace(/\.\.\.\n$/, '')) as Record<
    string,
    unknown
  >;
  assert.deepEqual([kind, name, platform], ['pipeline', 'default', { os: 'linux', arch: 'amd64' }]);
  return rest;
}

/** The first step of a file with one step, its name and pull policy left out. */
function step(body: string): unknown {
  const { steps } = pipeline(`pipeline:\n  a:\n    image: x\n${body.replace(/^/gm, '    ')}\n`);
  const [first] = steps as readonly Record<string, unknown>[];
  const { name, pull, image, ...rest } = first ?? {};
  assert.deepEqual([name, pull, image], ['a', 'if-not-exists', 'x']);
  return rest;
}

function remarks(text: string, compatibility = false): readonly string[] {
  return convert(text, compatibility).findings.flatMap(({ severity, code, line, column, hint }) => {
    assert.notEqual(hint, undefined, code);
    return code === 'legacy-format' ? [] : [`${line}:${column} ${severity} ${code}`];
  });
}

test('only a file with "pipeline:" at the beginning of a line and without a kind is in the format of 0.8', () => {
  assert.equal(isLegacyFormat('workspace: {}\npipeline:\n'), true);
  assert.equal(isLegacyFormat('steps:\n  pipeline:\n'), false);
  assert.equal(isLegacyFormat('kind: pipeline\npipeline: &a {}\n'), false);
});

test('files of other products are known by their names', () => {
  assert.equal(foreignFormatOf('bitbucket-pipelines.yml'), 'Bitbucket Pipelines');
  assert.equal(foreignFormatOf('sub/.gitlab-ci.yml'), 'GitLab CI');
  assert.equal(foreignFormatOf('.drone.yml'), undefined);
});

describe('pipeline', () => {
  test('the workspace comes from the link of the repository unless it is written', () => {
    const { workspace } = pipeline('pipeline: {}\n');
    assert.deepEqual(workspace, { base: '/drone', path: 'src/git.example.com/octo/hello' });
    const written = pipeline('workspace: {base: /go, path: .}\npipeline: {}\n');
    assert.deepEqual(written.workspace, { base: '/go', path: 'src/git.example.com/octo/hello' });
  });

  test('the containers of a clone section become first steps', () => {
    const { clone, steps } = pipeline(
      'clone:\n  git: {image: plugins/git, depth: 1}\npipeline:\n  a: {image: x}\n',
    );
    assert.deepEqual(clone, { disable: true });
    assert.deepEqual(steps, [
      { name: 'git', pull: 'if-not-exists', image: 'plugins/git', settings: { depth: 1 } },
      { name: 'a', pull: 'if-not-exists', image: 'x' },
    ]);
  });

  test('a repeated name is told apart by its position', () => {
    const { steps } = pipeline('pipeline:\n  a: {image: x}\n  b: {image: x}\n  a: {image: x}\n');
    assert.deepEqual(
      (steps as readonly { name: string }[]).map(({ name }) => name),
      ['a', 'b', 'a_2'],
    );
  });

  test('branches become refs, with tags where a step asks for them, or a trigger with exclusions', () => {
    const refs = ['refs/pull/**', 'refs/pull-requests/**', 'refs/merge-requests/**', 'refs/heads/main'];
    assert.deepEqual(pipeline('branches: main\npipeline: {a: {image: x}}\n').trigger, { ref: refs });
    assert.deepEqual(pipeline('branches: [main]\npipeline: {a: {image: x, when: {event: tag}}}\n').trigger, {
      ref: [...refs, 'refs/tags/**'],
    });
    assert.deepEqual(
      pipeline('branches: {include: [a, b], exclude: c}\npipeline: {a: {image: x}}\n').trigger,
      {
        branch: { include: ['a', 'b'], exclude: ['c'] },
      },
    );
  });

  test('external secrets become documents', () => {
    const { text } = convert('pipeline: {}\nsecrets:\n  token: {path: secret/ci, name: token}\n');
    assert.match(text, /---\nkind: secret\nname: token\nget:\n {2}path: secret\/ci\n {2}name: token\n/);
  });
});

describe('step', () => {
  test('plugin arguments become settings, and pull: true means always', () => {
    assert.deepEqual(step('repo: r\ntags: [a, b]\nopen: {k: v}'), {
      settings: { repo: 'r', tags: ['a', 'b'], open: { k: 'v' } },
    });
    const { steps } = pipeline('pipeline: {a: {image: x, pull: true}}\n');
    assert.deepEqual(steps, [{ name: 'a', pull: 'always', image: 'x' }]);
  });

  test('environment is a map, and secrets are variables in capitals that win over it', () => {
    assert.deepEqual(
      step('environment: [A=1, B=x=y, C=]\nsecrets: [a, {source: s, target: t}, {source: u}]'),
      {
        environment: { A: { from_secret: 'a' }, B: 'x=y', T: { from_secret: 's' }, U: { from_secret: 'u' } },
      },
    );
  });

  test('conditions have new names, and those without meaning are gone', () => {
    assert.deepEqual(step('when: {event: [push, deployment], environment: prod, local: true}'), {
      when: { event: ['push', 'promote'], target: ['prod'] },
    });
    assert.deepEqual(step('when: {event: {exclude: deployment}}'), {
      when: { event: { exclude: ['promote'] } },
    });
  });

  test('volumes of the host get the hexadecimal form of their path as name', () => {
    const { steps, volumes } = pipeline('pipeline: {a: {image: x, volumes: [/a:/b], commands: ls}}\n');
    assert.deepEqual(steps, [
      {
        name: 'a',
        pull: 'if-not-exists',
        image: 'x',
        commands: ['ls'],
        volumes: [{ name: '2f61', path: '/b' }],
      },
    ]);
    assert.deepEqual(volumes, [{ name: '2f61', host: { path: '/a' } }]);
  });

  test('texts that YAML would read otherwise are quoted, and nothing else', () => {
    const texts = ['a: b', '- x', '# x', 'x # y', '*a', '', ' x', 'x:', 'two\nlines', '"q"', '\u2028', '@x'];
    const { steps } = pipeline(`pipeline: ${JSON.stringify({ a: { image: 'x', commands: texts } })}\n`);
    assert.deepEqual((steps as readonly { commands: unknown }[])[0]?.commands, texts);
    assert.match(convert('pipeline: {a: {image: x, n: "1"}}\n').text, /^ {4}n: 1$/m);
  });

  test('merge keys are expanded', () => {
    const { steps } = pipeline(
      'x: &x {image: x, commands: [a]}\npipeline:\n  a:\n    <<: *x\n    commands: [b]\n',
    );
    assert.deepEqual(steps, [{ name: 'a', pull: 'if-not-exists', image: 'x', commands: ['b'] }]);
  });
});

describe('matrix', () => {
  const names = (text: string) =>
    [...convert(text).text.matchAll(/^(?:- )?(?:name|image): (.*)$|image: (.*)$/gm)].map(
      (match) => match[1] ?? match[2],
    );

  test('makes a pipeline for each combination and fills in its values', () => {
    const text = `matrix:\n  A: [1, 2]\n  B: [x, y]\npipeline:\n  s:\n    image: i:\${A}\${B}\${C}\n`;
    assert.deepEqual(
      names(text).filter((name) => name?.startsWith('i:')),
      [`i:1x\${C}`, `i:1y\${C}`, `i:2x\${C}`, `i:2y\${C}`],
    );
    assert.deepEqual(
      names(text).filter((name) => name?.startsWith('matrix')),
      ['matrix-1', 'matrix-2', 'matrix-3', 'matrix-4'],
    );
  });

  test('a step is there once for every value of the combination that it names', () => {
    const text = `matrix:
  include: [{A: 1, B: 1}, {A: 1, B: 2}, {A: 2, B: 2}]
pipeline:
  s:
    image: i
    when: {matrix: {A: 1, B: 1}}
`;
    assert.deepEqual(names(text), ['matrix-1', 's', 'i', 's', 'i', 'matrix-2', 's', 'i', 'matrix-3']);
  });

  test('a result of more than 1 MiB is an error', () => {
    const axis = `[${Array.from({ length: 90 }, (_, at) => at).join(', ')}]`;
    const text = `pipeline: {a: {image: x, big: ${'y'.repeat(20_000)}}}\nmatrix: {A: ${axis}}\n`;
    assert.deepEqual(remarks(text), ['1:1 error file-too-large']);
  });

  test('more than 100 combinations are an error', () => {
    const axis = `[${Array.from({ length: 11 }, (_, at) => at).join(', ')}]`;
    assert.deepEqual(remarks(`matrix:\n  A: ${axis}\n  B: ${axis}\npipeline: {}\n`), [
      '2:3 error matrix-too-large',
    ]);
  });
});

describe('findings', () => {
  test('every conversion says that it took place', () => {
    const [finding] = convert('pipeline: {}\n').findings;
    assert.deepEqual([finding?.severity, finding?.code, finding?.line], ['warning', 'legacy-format', 1]);
  });

  test('what is dropped or changes its meaning shows the new spelling', () => {
    const text =
      'labels: {a: b}\npipeline:\n  a:\n    image: x\n    group: g\n    tmpfs: [/x]\n    tag: "1.10"\n    when: {platform: linux}\n';
    assert.deepEqual(remarks(text), [
      '1:9 warning legacy-dropped',
      '5:12 warning legacy-setting',
      '6:12 warning legacy-dropped',
      '7:10 warning legacy-quotes-lost',
      '8:22 warning legacy-dropped',
    ]);
  });

  for (const [name, text, finding] of [
    ['a list of steps', 'pipeline:\n- a: {image: x}\n', '2:1 error legacy-list'],
    ['a second document', 'pipeline: {}\n---\npipeline: {}\n', '3:1 error legacy-documents'],
    ['a volume without a target', 'pipeline: {a: {image: x, volumes: [/tmp]}}\n', '1:35 error legacy-volume'],
    ['a secret without a path', 'pipeline: {}\nsecrets: {a: {external: true}}\n', '2:14 error legacy-secret'],
  ] as const) {
    test(`${name} is an error, in compatible mode a warning`, () => {
      assert.deepEqual(remarks(text), [finding]);
      assert.deepEqual(remarks(text, true), [finding.replace('error', 'warning')]);
      assert.equal(convert(text).text, '');
      assert.notEqual(convert(text, true).text, '');
    });
  }

  test('shapes that make no sense are errors at their place', () => {
    assert.deepEqual(remarks('pipeline:\n  a: {image: [x], commands: {a: b}, secrets: [[a]]}\n'), [
      '2:14 error wrong-type',
      '2:29 error wrong-type',
      '2:47 error wrong-type',
    ]);
    assert.deepEqual(remarks('pipeline: text\n'), ['1:11 error wrong-type']);
  });
});
