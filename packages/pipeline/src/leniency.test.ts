import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileStage } from './compile.ts';
import { aContext, aStep, compileErrors, compilePlan, stepOf } from './compile-context.fixture.ts';
import { readConfig } from './read.ts';
import type { TriggerContext } from './stages.ts';
import { selectStages } from './stages.ts';

/** What Sortie accepts and Drone does not (pipeline.md 12), and that compatibility mode goes without it. */

const PUSH: TriggerContext = {
  branch: 'main',
  event: 'push',
  action: '',
  ref: 'refs/heads/main',
  repo: 'octo/hello',
  target: '',
  cron: '',
  instance: 'ci.example.com',
};

const codes = (text: string, compatibility = false) =>
  readConfig(text, { file: 'f', compatibility })
    .findings.filter(({ severity }) => severity === 'error')
    .map(({ line, code }) => `${line} ${code}`);

const select = (trigger: string, patch: Partial<TriggerContext> = {}) => {
  const { pipelines, findings } = readConfig(`${aStep()}trigger: ${trigger}\n`, { file: 'f' });
  assert.deepEqual(
    findings.filter(({ severity }) => severity === 'error'),
    [],
  );
  return selectStages(pipelines, { ...PUSH, ...patch });
};
const runs = (trigger: string, patch: Partial<TriggerContext> = {}) =>
  select(trigger, patch).stages.length === 1;

test('a list of conditions runs when one of them holds', () => {
  const trigger = '[{event: tag}, {event: push, branch: main}]';
  assert.equal(runs(trigger), true);
  assert.equal(runs(trigger, { event: 'tag', branch: '' }), true);
  assert.equal(runs(trigger, { branch: 'dev' }), false);
  assert.equal(
    select(trigger, { branch: 'dev' }).decisions[0]?.reason,
    'event is "push", wanted: tag; or branch is "dev", wanted: main',
  );
  assert.deepEqual(codes(`${aStep()}trigger: ${trigger}\n`, true), ['5 wrong-type']);
});

test('of a list of conditions those that hold decide about the status', () => {
  const policy = (when: string) => stepOf(compilePlan(aStep(`when: ${when}`)), 'a').runPolicy;
  assert.equal(policy('[{event: push}, {status: failure}]'), 'always');
  assert.equal(policy('[{event: push, status: failure}, {event: tag}]'), 'on-failure');
  assert.equal(policy('[{event: push}]'), 'on-success');
  const flags = select('[{branch: main, status: failure}, {branch: dev}]').stages[0];
  assert.deepEqual([flags?.onSuccess, flags?.onFailure], [false, true]);
});

for (const [paths, files, holds] of [
  ['docs/**', ['docs/a/b.md'], true],
  ['docs/**', ['src/a.ts'], false],
  ['[docs/**, src/*.ts]', ['src/a.ts', 'x'], true],
  ['{exclude: [docs/**]}', ['docs/a.md'], false],
  ['{exclude: [docs/**]}', ['docs/a.md', 'x'], true],
  ['{include: [src/**], exclude: [src/a.ts]}', ['src/a.ts'], false],
  ['{include: [src/**], exclude: [src/a.ts]}', ['src/a.ts', 'src/b.ts'], true],
  ['docs/**', [], true],
  ['{include: docs/**, on_empty: false}', [], false],
  ['{include: docs/**, ignore_message: "[ALL]"}', ['x'], true],
] as const) {
  test(`paths ${paths} ${holds ? 'holds' : 'does not hold'} for ${JSON.stringify(files)}`, () => {
    const patch = { changedFiles: files, message: 'do [all] of it' };
    assert.equal(runs(`{paths: ${paths}}`, patch), holds);
  });
}

test('paths hold for other events and for unknown files', () => {
  assert.equal(runs('{paths: docs/**}'), true);
  assert.equal(runs('{paths: docs/**}', { event: 'tag', changedFiles: ['x'] }), true);
  assert.equal(runs('{paths: docs/**}', { event: 'pull_request', changedFiles: ['x'] }), false);
  assert.match(
    select('{paths: docs/**}', { changedFiles: ['x'] }).decisions[0]?.reason ?? '',
    /^no changed file matches paths, wanted: docs/,
  );
});

test('a step with paths is left out by the changed files, and runs with a warning when nobody knows them', () => {
  const text = aStep('when: {paths: docs/**}');
  assert.deepEqual(
    compilePlan(text, { changedFiles: ['x'] }).steps.map(({ name }) => name),
    ['clone'],
  );
  assert.equal(compilePlan(text).steps.length, 2);
  const { findings } = compileStage(text, { file: 'f' }, aContext());
  assert.deepEqual(
    findings.map(({ line, code, severity }) => [line, code, severity]),
    [[5, 'paths-unknown', 'warning']],
  );
  assert.deepEqual(readConfig(text, { file: 'f' }).findings, []);
});

test('an unknown key inside paths is an error', () => {
  assert.deepEqual(codes(`${aStep()}trigger: {paths: {inlcude: [a]}}\n`), ['5 unknown-key']);
});

test('in compatibility mode paths mean nothing', () => {
  const text = `${aStep()}trigger: {paths: {include: [a]}}\n`;
  const { pipelines } = readConfig(text, { file: 'f', compatibility: true });
  assert.deepEqual(pipelines[0]?.trigger, {});
});

test('steps and services may be maps with names as keys', () => {
  const text =
    'kind: pipeline\nservices:\n  db: {image: postgres}\nsteps:\n  a: {image: x}\n  b: {name: c, image: x}\n';
  assert.deepEqual(
    compilePlan(text).steps.map(({ name }) => name),
    ['clone', 'db', 'a', 'c'],
  );
  assert.deepEqual(codes(text, true), ['3 wrong-type', '5 wrong-type']);
});

test('clone: false leaves the clone out', () => {
  assert.deepEqual(
    compilePlan(`clone: false\n${aStep()}`).steps.map(({ name }) => name),
    ['a'],
  );
  assert.equal(compilePlan(`clone: true\n${aStep()}`).steps.length, 2);
  assert.deepEqual(codes(`clone: false\n${aStep()}`, true), ['1 wrong-type']);
});

test('submodules, tags and LFS are for the own git of a runner and for a clone plugin', () => {
  const text = `clone: {submodules: true, tags: true, lfs: true}\n${aStep()}`;
  const { clone } = stepOf(compilePlan(text), 'clone');
  assert.deepEqual([clone?.submodules, clone?.tags, clone?.lfs], [true, true, true]);
  assert.deepEqual(readConfig(text, { file: 'f' }).findings, []);
  const plugin = text.replace('{', '{image: my/git, ');
  assert.deepEqual(readConfig(plugin, { file: 'f' }).findings, []);
  const { PLUGIN_RECURSIVE, PLUGIN_TAGS, PLUGIN_LFS } = stepOf(compilePlan(plugin), 'clone').environment;
  assert.deepEqual([PLUGIN_RECURSIVE, PLUGIN_TAGS, PLUGIN_LFS], ['true', 'true', 'true']);
});

test('a clone image takes settings, and no credentials in builds of forks', () => {
  const text = `clone: {image: my/git, depth: 2, tags: true, settings: {depth: 9, key: {from_secret: k}}}\n${aStep()}`;
  const netrc = { machine: 'git.example.com', login: 'token', password: 'hunter2' };
  const step = stepOf(compilePlan(text, { netrc }), 'clone');
  assert.deepEqual([step.image, step.clone], ['my/git', undefined]);
  assert.deepEqual(step.secrets, [{ env: 'PLUGIN_KEY', secret: 'k' }]);
  const { PLUGIN_DEPTH, PLUGIN_TAGS, DRONE_NETRC_PASSWORD } = step.environment;
  assert.deepEqual([PLUGIN_DEPTH, PLUGIN_TAGS, DRONE_NETRC_PASSWORD], ['9', 'true', 'hunter2']);
  const fork = { netrc, build: { event: 'pull_request', sourceRepo: 'mallory/hello' } } as const;
  assert.equal(stepOf(compilePlan(text, fork), 'clone').environment.DRONE_NETRC_PASSWORD, undefined);
});

test('a dependency may be optional, among steps and among pipelines', () => {
  const step = `${aStep()}- {name: b, image: x, depends_on: [{name: gone, optional: true}, a]}\n`;
  assert.deepEqual(stepOf(compilePlan(step), 'b').dependsOn, ['a']);
  const pipeline = `depends_on: [{name: gone, optional: true}]\n${aStep()}`;
  assert.deepEqual(codes(pipeline), []);
  assert.deepEqual(codes(pipeline.replace('true', 'false')), ['1 unknown-dependency']);
  assert.deepEqual(codes(pipeline, true), ['1 wrong-type']);
});

test('a limit may stand without a map', () => {
  const { pipelines } = readConfig(`concurrency: 2\n${aStep()}`, { file: 'f' });
  assert.equal(pipelines[0]?.limit, 2);
  assert.deepEqual(codes(`concurrency: 2\n${aStep()}`, true), ['1 wrong-type']);
});

test('failure: cancel is another word for fast', () => {
  assert.equal(stepOf(compilePlan(aStep('failure: cancel')), 'a').failure, 'fast');
  assert.equal(
    stepOf(compilePlan(aStep('failure: cancel'), {}, { compatibility: true }), 'a').failure,
    'fail',
  );
});

test('a relative working directory lies in the workspace', () => {
  assert.equal(stepOf(compilePlan(aStep('working_dir: web/./app')), 'a').workingDir, '/drone/src/web/app');
});

test('words of other systems are named as such', () => {
  const { findings } = readConfig(aStep('retry: 3', 'timeout: 10m', 'healthcheck: {}'), { file: 'f' });
  assert.deepEqual(
    findings.map(({ line, code, severity }) => [line, code, severity]),
    [
      [5, 'not-supported', 'warning'],
      [6, 'not-supported', 'warning'],
      [7, 'not-supported', 'warning'],
    ],
  );
});

test('steps learn the name of the cron job and where a pull request comes from', () => {
  const build = { cron: 'nightly', sourceRepo: 'mallory/hello' };
  const { environment } = stepOf(compilePlan(aStep(), { build }), 'a');
  assert.deepEqual([environment.DRONE_CRON, environment.DRONE_SOURCE_REPO], ['nightly', 'mallory/hello']);
  const drone = stepOf(compilePlan(aStep(), { build }, { compatibility: true }), 'a').environment;
  assert.deepEqual([drone.DRONE_CRON, drone.DRONE_SOURCE_REPO], [undefined, undefined]);
});

test('in compatibility mode the server takes an empty step, and every pipeline of the file fails at the runner', () => {
  const text = `${aStep()}-\n---\nkind: pipeline\nname: b\nsteps: [{name: a, image: x}]\n`;
  assert.deepEqual(codes(text, true), []);
  assert.deepEqual(compileErrors(text, { stage: { name: 'b' } }, { compatibility: true }), ['5 empty-step']);
  assert.deepEqual(codes(text), ['5 empty-step']);
});

test('in compatibility mode only the runner looks at what the server does not know', () => {
  const text = `environment: {A: {from_secret: b}}\n${aStep('mem_limit: lots')}`;
  assert.deepEqual(codes(text, true), []);
  assert.deepEqual(compileErrors(text, {}, { compatibility: true }), ['1 wrong-type', '6 bad-size']);
});

test('in compatibility mode a condition of the wrong shape counts as none', () => {
  const text = `${aStep()}trigger: {branch: [[main]], ref: {include: x, exclude: [y]}}\n`;
  const { pipelines } = readConfig(text, { file: 'f', compatibility: true });
  assert.deepEqual(pipelines[0]?.trigger, { ref: { include: [], exclude: ['y'] } });
});
