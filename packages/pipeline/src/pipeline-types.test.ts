import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aStep, compileErrors, compilePlan, stepOf } from './compile-context.fixture.ts';
import { readConfig } from './read.ts';
import { selectStages } from './stages.ts';

const findings = (text: string, options = {}) =>
  readConfig(text, { file: 'f', ...options }).findings.map(({ line, code }) => `${line} ${code}`);

for (const type of ['digitalocean', 'macstadium', 'vm', 'aws', 'made-up']) {
  test(`a pipeline of the type ${type} becomes a stage and is otherwise left alone`, () => {
    const text = `kind: pipeline\ntype: ${type}\nname: a\npool: {use: x}\nplatform: {os: darwin}\nnode: {a: b}\nconcurrency: {limit: 2}\nsteps: [{name: s, image: x, odd: 1}]\n`;
    const { pipelines, findings: found } = readConfig(text, { file: 'f', isTrusted: false });
    assert.deepEqual(found, []);
    const trigger = {
      branch: '',
      event: 'push',
      action: '',
      ref: '',
      repo: '',
      target: '',
      cron: '',
    } as const;
    const [stage] = selectStages(pipelines, { ...trigger, instance: '' }).stages;
    assert.deepEqual(
      [stage?.type, stage?.name, stage?.platform.os, stage?.labels, stage?.limit],
      [type, 'a', 'darwin', { a: 'b' }, 2],
    );
  });
}

const SSH = { stage: { type: 'ssh' } };
const anSsh = (...lines: readonly string[]) =>
  ['kind: pipeline', 'type: ssh', ...lines, 'steps:', '- {name: a, commands: [make]}', ''].join('\n');

test('an ssh pipeline names its server, with secrets', () => {
  const server = 'server: {host: h:22, user: ci, password: {from_secret: p}, ssh_key: {from_secret: k}}';
  const plan = compilePlan(anSsh(server), SSH);
  assert.deepEqual(plan.server, {
    host: { kind: 'text', text: 'h:22' },
    user: { kind: 'text', text: 'ci' },
    password: { kind: 'secret', secret: 'p' },
    sshKey: { kind: 'secret', secret: 'k' },
  });
  const { script, image, workingDir } = stepOf(plan, 'a');
  assert.deepEqual([script, image, workingDir], ['\nset -e\n\necho + "make"\nmake\n', undefined, undefined]);
  assert.deepEqual(findings(anSsh()), ['1 missing-server']);
  assert.deepEqual(findings(anSsh('server: {user: a, host: {secret: x}}')), [
    '3 wrong-type',
    '3 unknown-key',
  ]);
  assert.deepEqual(findings(anSsh('server:', '  host: x', '  user:')), ['5 missing-server']);
});

const WINDOWS = 'platform: {os: windows, version: "1809"}\n';

test('a windows pipeline works with PowerShell on drive c', () => {
  const plan = compilePlan(`${WINDOWS}workspace: {base: /b, path: p/q}\n${aStep('commands: [dir]')}`);
  assert.deepEqual(plan.workspace, { base: 'c:\\b', path: 'c:\\b\\p\\q' });
  const step = stepOf(plan, 'a');
  assert.deepEqual([step.shell, step.workingDir], ['powershell', 'c:\\b\\p\\q']);
  assert.deepEqual(
    [step.environment.SHELL, step.environment.DRONE_WORKSPACE, step.environment.DRONE_WORKSPACE_PATH],
    ['powershell.exe', 'c:\\b\\p\\q', 'p\\q'],
  );
  const { script = '' } = step;
  assert.ok(script.includes('DRONE_NETRC_MACHINE'));
  assert.ok(
    script.endsWith(
      '\n$erroractionpreference = "stop"\n\necho "+ dir"\ndir\nif ($LastExitCode -gt 0) { exit $LastExitCode }\n',
    ),
  );
});

test('the trace of a PowerShell command runs nothing of it', () => {
  const { script = '' } = stepOf(compilePlan(`${WINDOWS}${aStep(`commands: ['a "b; c" $d \`e']`)}`), 'a');
  assert.ok(script.includes('\necho "+ a `"b; c`" `$d ``e"\n'));
});

test('nothing runs privileged on windows, and plugins have no shell', () => {
  const text = `${WINDOWS}${aStep('settings: {a: b}')}`.replace('alpine', 'plugins/docker');
  const { privileged, shell, environment } = stepOf(compilePlan(text), 'a');
  assert.deepEqual([privileged, shell, environment.SHELL], [false, undefined, undefined]);
});

test('an exec pipeline on windows is a PowerShell script too', () => {
  const text = `${WINDOWS}kind: pipeline\ntype: exec\nsteps: [{name: a, commands: [dir]}]\n`;
  const step = stepOf(compilePlan(text, { stage: { type: 'exec' } }), 'a');
  assert.equal(step.shell, 'powershell');
  assert.match(step.script ?? '', /^\n\$erroractionpreference = "stop"\n\necho "\+ dir"\n/);
});

test('secrets of the file go into the plan with their expressions replaced', () => {
  const text = `${aStep()}---\nkind: secret\nname: a\nget: {path: "ci/\${DRONE_REPO_NAME}", name: n, key: k}\n---\nkind: secret\nname: b\ndata: abc\n`;
  assert.deepEqual(compilePlan(text).secretSources, [
    { kind: 'external', name: 'a', path: 'ci/hello', item: 'n', key: 'k' },
    { kind: 'inline', name: 'b', data: 'abc' },
  ]);
});

test('documents of other kinds are checked', () => {
  assert.deepEqual(findings('kind: secret\nname: a\n'), ['1 secret-without-value']);
  assert.deepEqual(findings('kind: secret\ndata: a\n'), ['1 secret-without-name']);
  assert.deepEqual(findings('kind: secret\nname: a\ndta: a\n'), ['1 secret-without-value', '3 unknown-key']);
  assert.deepEqual(findings('kind: cron\n'), ['1 no-effect']);
  assert.deepEqual(findings('kind: registry\n'), ['1 no-effect']);
  assert.deepEqual(findings('kind: template\nload: a.yml\n'), ['1 template-left']);
  assert.deepEqual(findings('pipeline:\n  build:\n    image: alpine\n'), ['1 old-format']);
});

test('in compatibility mode an unknown kind makes a stage that nobody takes, as in Drone', () => {
  const { pipelines, findings: found } = readConfig('kind: foo\nname: a\n', {
    file: 'f',
    compatibility: true,
  });
  assert.deepEqual(
    found.filter(({ severity }) => severity === 'error'),
    [],
  );
  assert.deepEqual(
    pipelines.map(({ kind, type, name }) => [kind, type, name]),
    [['foo', '', 'a']],
  );
});

test('a finding points at the key that it is about', () => {
  const exec = 'kind: pipeline\ntype: exec\nsteps:\n- name: a\n  commands: [ls]\n  image: x\n';
  assert.deepEqual(findings(exec), ['6 exec-image']);
  assert.deepEqual(compileErrors(exec, { stage: { type: 'exec' } }), ['6 exec-image']);
  const twice = `${aStep()}---\nkind: pipeline\ntype: docker\nname: default\nsteps: []\n`;
  assert.deepEqual(findings(twice), ['8 duplicate-pipeline']);
  assert.deepEqual(findings(`${aStep()}trigger:\n  branch: main\n  status: failure\n`), [
    '7 status-without-dependency',
  ]);
  const mount = `volumes: [{name: v, temp: {}}]\n${aStep('volumes:', '- name: v', '  path: /run/drone')}`;
  assert.deepEqual(findings(mount), ['8 reserved-path']);
});

for (const [text, code] of [
  ['a: "hunter2\n', 'a colon, a comma, a quote or a bracket is missing'],
  ['a:\n\tb: hunter2\n', 'a tab is used as indentation'],
  ['a: "\\q hunter2"\n', 'the backslash sequence is not known'],
  ['a: hunter2: b\n', 'a list or map stands where one value can stand'],
  ['a: @hunter2\n', 'a value cannot start with this character'],
] as const) {
  test(`text that is no YAML is explained without quoting it: ${JSON.stringify(text)}`, () => {
    const { findings: found } = readConfig(text, { file: 'f' });
    assert.equal(found[0]?.message, `This is not valid YAML: ${code}.`);
    assert.doesNotMatch(JSON.stringify(found), /hunter2/);
  });
}
