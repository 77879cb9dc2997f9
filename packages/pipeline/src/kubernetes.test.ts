import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileErrors, compilePlan, stepOf } from './compile-context.fixture.ts';
import { readConfig } from './read.ts';

const POD = { stage: { type: 'kubernetes' } };
const TRUSTED = { ...POD, isTrusted: true };

/** A pipeline of type kubernetes with a step called `a` and the given further lines. */
const aPod = (top: readonly string[], step: readonly string[] = []) =>
  [
    'kind: pipeline',
    'type: kubernetes',
    ...top,
    'steps:',
    '- name: a',
    '  image: alpine',
    ...step.map((line) => `  ${line}`),
    '',
  ].join('\n');
const codes = (text: string, options = {}) =>
  readConfig(text, { file: 'f', ...options }).findings.map(({ line, code }) => `${line} ${code}`);

test('[pipeline 24] the user of a pod is a number', () => {
  assert.equal(stepOf(compilePlan(aPod([], ['user: 1000', 'group: 50']), POD), 'a').user, '1000');
  assert.equal(stepOf(compilePlan(aPod([], ['user: 1000', 'group: 50']), POD), 'a').group, 50);
  assert.deepEqual(codes(aPod([], ['user: root'])), ['6 wrong-type']);
  assert.deepEqual(compileErrors(aPod([], ['user: root']), POD), ['6 wrong-type']);
});

for (const [written, millis] of [
  ['500', 500],
  ['100m', 100],
  ['0.5', 500],
  ['1.25', 1250],
] as const) {
  test(`[pipeline 25] the processor limit ${written} is ${millis} thousandths`, () => {
    const text = aPod([], [`resources: {limits: {cpu: ${written}, memory: 64MiB}}`]);
    const { cpuLimitMillis, memoryLimitBytes } = stepOf(compilePlan(text, POD), 'a');
    assert.deepEqual([cpuLimitMillis, memoryLimitBytes], [millis, 67_108_864]);
  });
}

test('[pipeline 25] in compatibility mode a quantity is an error and a fraction is cut off', () => {
  const limit = (cpu: string) => aPod([], [`resources: {limits: {cpu: ${cpu}}}`]);
  assert.deepEqual(compileErrors(limit('100m'), POD, { compatibility: true }), ['6 wrong-type']);
  assert.equal(
    stepOf(compilePlan(limit('0.5'), POD, { compatibility: true }), 'a').cpuLimitMillis,
    undefined,
  );
});

test('a quoted number is no amount of processor', () => {
  assert.deepEqual(codes(aPod([], ["resources: {limits: {cpu: '2'}}"])), ['6 wrong-type']);
});

for (const key of ['toleration_seconds', 'tolerationseconds']) {
  test(`[pipeline 124] ${key} is applied`, () => {
    const plan = compilePlan(aPod([`tolerations: [{key: k, operator: Exists, ${key}: 30}]`]), POD);
    assert.deepEqual(plan.kubernetes?.tolerations, [
      { key: 'k', operator: 'Exists', effect: '', value: '', seconds: 30 },
    ]);
  });
}

test('what a pipeline says about its pod goes into the plan', () => {
  const plan = compilePlan(
    aPod([
      'metadata: {namespace: ci, labels: {a: b}, annotations: {c: 1.10}}',
      'node_name: n1',
      'node_selector: {disk: ssd}',
      'service_account_name: builder',
      "dns_config: {nameservers: [10.0.0.1], searches: [x.y], options: [{name: ndots, value: '2'}]}",
      'host_aliases: [{ip: 10.1.1.1, hostnames: [m.x]}, {ip: 10.1.1.2}]',
      'resources: {requests: {cpu: 250, memory: 1GiB}}',
      'services: [{name: db, image: postgres}, {name: not_a_host, image: x}]',
    ]),
    POD,
  );
  assert.deepEqual(plan.kubernetes, {
    namespace: 'ci',
    labels: { a: 'b' },
    annotations: { c: '1.10' },
    nodeName: 'n1',
    nodeSelector: { disk: 'ssd' },
    serviceAccountName: 'builder',
    tolerations: [],
    dns: { nameservers: ['10.0.0.1'], searches: ['x.y'], options: [{ name: 'ndots', value: '2' }] },
    hostAliases: [
      { ip: '127.0.0.1', hostnames: ['db'] },
      { ip: '10.1.1.1', hostnames: ['m.x'] },
    ],
    requests: { cpuMillis: 250, memoryBytes: 1_073_741_824 },
  });
});

test('volumes of a cluster go into the plan, with files that can be read', () => {
  const text = aPod(
    [
      'volumes:',
      '- {name: c, claim: {name: pvc, read_only: true}}',
      '- {name: m, config_map: {name: map}}',
      '- {name: s, secret: {name: sec, default_mode: 0400, optional: true}}',
    ],
    ['volumes: [{name: c, path: /c, sub_path: go}]'],
  );
  const plan = compilePlan(text, TRUSTED);
  assert.deepEqual(plan.volumes, [
    { name: 'c', kind: 'claim', source: 'pvc', readOnly: true },
    { name: 'm', kind: 'config-map', source: 'map', defaultMode: 0o644, isOptional: false },
    { name: 's', kind: 'secret', source: 'sec', defaultMode: 0o400, isOptional: true },
  ]);
  assert.deepEqual(stepOf(plan, 'a').mounts, [{ volume: 'c', path: '/c', subPath: 'go' }]);
  assert.deepEqual(compileErrors(text, POD), ['4 untrusted', '5 untrusted', '6 untrusted']);
});

test('the steps of a pod: one workspace, empty variables, entry point as a line of the shell', () => {
  const text = aPod(
    ['workspace: {base: /b, path: /w}', 'environment: {E: ""}'],
    ['entrypoint: [run]', 'command: [-x, y]'],
  );
  const plan = compilePlan(text, POD);
  const { environment, script, entrypoint, workingDir, pull } = stepOf(plan, 'a');
  assert.equal(pull, 'if-not-exists');
  assert.deepEqual(plan.workspace, { base: '/w', path: '/w' });
  assert.deepEqual([environment.E, environment.DRONE_WORKSPACE_BASE], ['', undefined]);
  assert.deepEqual([environment.DRONE_STEP_NAME, environment.DRONE_STEP_NUMBER], ['a', undefined]);
  assert.deepEqual([entrypoint, workingDir], [undefined, '/w']);
  assert.match(script ?? '', /\nrun -x y\n$/);
});

test('a pipeline of a pod has no limits of its own, and reserved volumes', () => {
  assert.deepEqual(codes(aPod(['resources: {limits: {cpu: 1}}'])), ['3 pipeline-limits']);
  assert.deepEqual(codes(aPod(['volumes: [{name: _addons, temp: {}}]'])), ['3 reserved-volume']);
});

test('a volume of a cluster has no effect in docker', () => {
  const text = 'kind: pipeline\nvolumes:\n- name: v\n  claim: {name: c}\nsteps: [{name: a, image: x}]\n';
  assert.deepEqual(codes(text), ['4 no-effect']);
});
