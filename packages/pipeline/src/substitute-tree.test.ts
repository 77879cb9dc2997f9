// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the pipeline language

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileStage } from './compile.ts';
import { aContext, aStep, compileErrors, compilePlan, stepOf } from './compile-context.fixture.ts';
import { readConfig } from './read.ts';

const withMessage = (message: string) => ({ build: { message } });
const messageOf = (line: string, message: string) =>
  stepOf(compilePlan(aStep('environment:', `  MESSAGE: ${line}`), withMessage(message)), 'a').environment
    .MESSAGE;

test('[pipeline 62] a value with a line break becomes a quoted scalar', () => {
  assert.equal(messageOf('${DRONE_COMMIT_MESSAGE}', 'one\n\ttwo "2"'), 'one\n\ttwo "2"');
});

test('a value that would add a key to the file is an error at its place', () => {
  const text = aStep('environment:', '  MESSAGE: ${DRONE_COMMIT_MESSAGE}');
  assert.deepEqual(compileErrors(text, withMessage('fix: a bug')), ['6 substitution-shape']);
});

test('a value cannot smuggle keys or items into brackets', () => {
  const flow = 'kind: pipeline\nsteps: [{name: a, image: alpine, user: "${DRONE_COMMIT_MESSAGE}"}]\n';
  assert.deepEqual(compileErrors(flow, withMessage('root", privileged: "true')), ['2 substitution-shape']);
  const list = aStep("commands: ['${DRONE_COMMIT_MESSAGE}']");
  assert.deepEqual(compileErrors(list, withMessage("a', 'b")), ['5 substitution-shape']);
});

test('quoted expressions inside brackets take harmless values', () => {
  const flow = 'kind: pipeline\nsteps: [{name: a, image: alpine, user: "${X}"}]\n';
  assert.equal(stepOf(compilePlan(flow, { build: { params: { X: 'a, b: c' } } }), 'a').user, 'a, b: c');
});

for (const value of ['[a]', '{a: b}', '*x', '&x y', '!!int 5', '| x', '"open', '@at', '- a', 'a:']) {
  test(`the value ${value} is no plain scalar, so it is an error`, () => {
    assert.deepEqual(compileErrors(aStep('user: ${DRONE_COMMIT_MESSAGE}'), withMessage(value)), [
      '5 substitution-shape',
    ]);
  });
}

test('a value is read as if it had been typed: numbers, quotes and comments included', () => {
  const text = aStep('settings:', '  n: ${X}', '  q: ${Q}', '  c: ${C}');
  const params = { X: '0x10', Q: "'1.10'", C: 'a #b' };
  const step = stepOf(compilePlan(text, { build: { params } }), 'a');
  assert.equal(step.environment.PLUGIN_N, '16');
  assert.equal(step.environment.PLUGIN_Q, '1.10');
  assert.equal(step.environment.PLUGIN_C, 'a');
});

test('a value that is cut by a comment sign is a warning', () => {
  const { findings } = compileStage(
    aStep('user: ${DRONE_COMMIT_MESSAGE}'),
    { file: 'f' },
    aContext(withMessage('a #1')),
  );
  assert.deepEqual(
    findings.map(({ line, code }) => `${line} ${code}`),
    ['5 substitution-comment'],
  );
});

test('quoted, folded and literal scalars are substituted in their own style', () => {
  const text = aStep(
    'commands:',
    '- "echo \\"${X}\\""',
    "- 'echo ${X}'",
    '- |',
    '  echo ${X}',
    '  done',
    '- >-',
    '  a',
    '  ${X}',
  );
  const { script = '' } = stepOf(compilePlan(text, { build: { params: { X: 'x y' } } }), 'a');
  assert.ok(script.includes('\necho "x y"\n'));
  assert.ok(script.includes('\necho x y\n'));
  assert.ok(script.includes('\necho x y\ndone\n'));
  assert.ok(script.includes('\na x y\n'));
});

test('a quote inside a quoted scalar ends it, which is an error', () => {
  assert.deepEqual(compileErrors(aStep('user: "${DRONE_COMMIT_MESSAGE}"'), withMessage('a"b')), [
    '5 substitution-shape',
  ]);
});

test('an anchored scalar is substituted wherever it is used', () => {
  const text = aStep('user: &u ${X}', 'environment: {WHO: *u}');
  const step = stepOf(compilePlan(text, { build: { params: { X: 'root' } } }), 'a');
  assert.deepEqual([step.user, step.environment.WHO], ['root', 'root']);
});

test('an expression that cannot be read is an error, before the build starts too', () => {
  const text = aStep('commands:', '- echo ${FOO-bar}');
  assert.deepEqual(compileErrors(text), ['6 substitution-syntax']);
  const { findings } = readConfig(text, { file: 'f' });
  assert.deepEqual(
    findings.map(({ line, column, code }) => `${line}:${column} ${code}`),
    ['6:5 substitution-syntax'],
  );
});

test('[pipeline 60] in a comment an expression that cannot be read is a warning', () => {
  const text = aStep('user: root # ${FOO-bar}');
  const { plan, findings } = compileStage(text, { file: 'f' }, aContext());
  assert.notEqual(plan, undefined);
  assert.deepEqual(
    findings.map(({ severity, line, column }) => `${severity} ${line}:${column}`),
    ['warning 5:16'],
  );
});

test('an unreadable expression in a pipeline of another type fails the stage, as in Drone', () => {
  const text = `${aStep()}---\nkind: pipeline\ntype: exec\nname: b\nsteps:\n- name: b\n  commands: ["\${A-b}"]\n`;
  assert.deepEqual(compileErrors(text), ['11 substitution-syntax']);
});

test('an escape that Drone halves and nobody can read then is named for what it is, when the file is pushed', () => {
  const text =
    'kind: pipeline\nname: a\nsteps:\n  - name: b\n    image: x\n    commands:\n      - "printf a\\\\0b"\n';
  const { findings } = readConfig(text, { file: '.drone.yml' });
  assert.deepEqual(
    findings.map(({ line, column, code }) => [line, column, code]),
    [[7, 9, 'substitution-escape']],
  );
});
