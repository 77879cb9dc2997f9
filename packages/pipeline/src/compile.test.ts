// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the pipeline language
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertQuick } from '@sortie/testing/cpu-time';
import { compileStage } from './compile.ts';
import { aContext, aStep, compileErrors, compilePlan, stepOf } from './compile-context.fixture.ts';

const NETRC = { machine: 'git.example.com', login: 'token', password: 'hunter2' };
const EXEC = { stage: { type: 'exec' } };
const names = (text: string, patch = {}) => compilePlan(text, patch).steps.map(({ name }) => name);
const graph = (text: string) =>
  Object.fromEntries(compilePlan(text).steps.map(({ name, dependsOn }) => [name, dependsOn]));
const anExec = (...lines: readonly string[]) =>
  [
    'kind: pipeline',
    'type: exec',
    'steps:',
    '- name: a',
    '  commands: [make]',
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n');

test('[pipeline 13] commands keep their source text', () => {
  const { script = '' } = stepOf(compilePlan(aStep('commands: [5, true, 1.10, 0x10, ~]')), 'a');
  assert.ok(
    script.endsWith(
      '\n5\n\necho + "true"\ntrue\n\necho + "1.10"\n1.10\n\necho + "0x10"\n0x10\n\necho + ""\n\n',
    ),
  );
});

test('[pipeline 14] variables keep their source text, nothing makes no variable', () => {
  const text = aStep('environment: {I: 5, B: true, F: 1.10, N: , E: "", O: on, H: 0x10}');
  const { environment } = stepOf(compilePlan(text), 'a');
  assert.deepEqual(
    ['I', 'B', 'F', 'N', 'O', 'H'].map((name) => environment[name]),
    ['5', 'true', '1.10', undefined, 'on', '0x10'],
  );
});

test('[pipeline 22] a temp volume without a value is mounted', () => {
  const plan = compilePlan(`volumes: [{name: v, temp: }]\n${aStep('volumes: [{name: v, path: /x}]')}`);
  assert.deepEqual(plan.volumes, [{ name: 'v', kind: 'temp' }]);
  assert.deepEqual(stepOf(plan, 'a').mounts, [{ volume: 'v', path: '/x' }]);
});

test('[pipeline 47] a step whose conditions do not match is no step, and the next one waits for its predecessor', () => {
  const text = `${aStep()}- {name: b, image: x, when: {event: tag}}\n- {name: c, image: x}\n`;
  assert.deepEqual(graph(text), { clone: [], a: ['clone'], c: ['a'] });
  assert.deepEqual(
    compilePlan(text).steps.map(({ number }) => number),
    [1, 2, 3],
  );
});

test('a step that depends on an excluded one waits for what that would have waited for', () => {
  const text = `${aStep()}- {name: b, image: x, when: {event: tag}, depends_on: [a]}\n- {name: c, image: x, depends_on: [b]}\n`;
  assert.deepEqual(graph(text), { clone: [], a: ['clone'], c: ['a'] });
  assert.deepEqual(stepOf(compilePlan(text), 'c').declaredDependsOn, ['b']);
});

test('[pipeline 48] a step for another instance is excluded', () => {
  assert.deepEqual(names(aStep('when: {instance: other.example.com}')), ['clone']);
});

for (const [status, policy] of [
  ['[failure]', 'on-failure'],
  ['[success, failure]', 'always'],
  ['[success]', 'on-success'],
  ['[changed]', 'on-success'],
  ['{exclude: [failure]}', 'on-success'],
] as const) {
  test(`[pipeline 51] a step with the status ${status} runs ${policy}`, () => {
    assert.equal(stepOf(compilePlan(aStep(`when: {status: ${status}}`)), 'a').runPolicy, policy);
  });
}

test('[pipeline 64] a pipeline is found by its name as written, in compatibility mode it is not', () => {
  const text = `name: b-\${DRONE_BRANCH}\n${aStep()}`;
  const stage = { stage: { name: 'b-${DRONE_BRANCH}' } };
  assert.equal(compilePlan(text, stage).name, 'b-${DRONE_BRANCH}');
  assert.deepEqual(compileErrors(text, stage, { compatibility: true }), ['1 pipeline-missing']);
});

test('[pipeline 65] a parameter named like a variable wins in expressions only', () => {
  const text = aStep('settings: {branch: "${DRONE_BRANCH}"}');
  const { environment } = stepOf(compilePlan(text, { build: { params: { DRONE_BRANCH: 'x' } } }), 'a');
  assert.deepEqual([environment.PLUGIN_BRANCH, environment.DRONE_BRANCH], ['x', 'main']);
});

for (const [written, text] of [
  ['[a, 1.0, 17.10, 0x10, 010, yes, ~]', 'a,1,17.1,16,8,true,'],
  ['{b: 1.0, a: "<&>", c: [x, null]}', '{"a":"\\u003c\\u0026\\u003e","b":1,"c":["x",null]}'],
  ['[{a: 1}, b]', '[{"a":1},"b"]'],
  ['{y: 1}', '{"true":1}'],
  ['1.10', '1.1'],
  ['100000000000000000000.5', '1e+20'],
  ['.inf', '+Inf'],
  ['on', 'true'],
  ['1_000', '1000'],
  ['2001-01-01', '2001-01-01'],
  ['!!binary aGk=', 'hi'],
  ['{}', '{}'],
  ['[]', undefined],
  ['~', undefined],
] as const) {
  test(`[pipeline 66] the setting ${written} reaches the plugin as ${text}`, () => {
    assert.equal(stepOf(compilePlan(aStep(`settings: {x: ${written}}`)), 'a').environment.PLUGIN_X, text);
  });
}

test('[pipeline 66] a secret in settings and environment becomes a secret variable', () => {
  const text = aStep('settings: {token: {from_secret: t}}', 'environment: {B: {from_secret: b}}');
  assert.deepEqual(stepOf(compilePlan(text), 'a').secrets, [
    { env: 'B', secret: 'b' },
    { env: 'PLUGIN_TOKEN', secret: 't' },
  ]);
});

test('[pipeline 67] the key of a setting is upper-cased and otherwise kept', () => {
  assert.equal(stepOf(compilePlan(aStep('settings: {my-key: 1}')), 'a').environment['PLUGIN_MY-KEY'], '1');
});

test('[pipeline 68] a key y inside a setting is true', () => {
  assert.equal(
    stepOf(compilePlan(aStep('settings: {x: {y: a, on: b}}')), 'a').environment.PLUGIN_X,
    '{"true":"b"}',
  );
});

test('[pipeline 77] an empty variable is none, and takes one away from the step', () => {
  const text = `environment: {A: x}\n${aStep('environment: {A: "", B: ""}')}`;
  const { environment } = stepOf(compilePlan(text), 'a');
  assert.deepEqual([environment.A, environment.B], [undefined, undefined]);
});

test('[pipeline 80] steps get the credentials of the clone, those of a fork do not', () => {
  const has = (patch: object) =>
    stepOf(compilePlan(aStep(), { netrc: NETRC, ...patch }), 'a').environment.DRONE_NETRC_PASSWORD;
  assert.equal(has({}), 'hunter2');
  assert.equal(has({ build: { event: 'pull_request', sourceRepo: 'octo/hello' } }), 'hunter2');
  assert.equal(has({ build: { event: 'pull_request', sourceRepo: 'mallory/hello' } }), undefined);
  assert.equal(has({ build: { event: 'pull_request', sourceRepo: '' } }), undefined);
});

test('[pipeline 81] with the clone disabled a step of that name is one among others', () => {
  const text =
    'kind: pipeline\nclone: {disable: true}\nsteps:\n- {name: clone, image: x}\n- {name: b, image: x}\n- {name: c, image: x, depends_on: [b]}\n';
  assert.deepEqual(graph(text), { clone: [], b: [], c: ['b'] });
});

test('[pipeline 85] in a graph, steps without dependencies start together after the clone', () => {
  const text = `services: [{name: s, image: x}]\n${aStep()}- {name: b, image: x}\n- {name: c, image: x, depends_on: [a]}\n`;
  assert.deepEqual(graph(text), { clone: [], s: ['clone'], a: ['clone'], b: ['clone'], c: ['a'] });
});

test('[pipeline 86] an empty depends_on makes no graph', () => {
  const text = `services: [{name: s, image: x}]\n${aStep('depends_on: []')}- {name: b, image: x}\n`;
  assert.deepEqual(graph(text), { clone: [], s: ['clone'], a: ['s'], b: ['a'] });
});

test('[pipeline 100] a known plugin runs privileged while it has nothing but settings', () => {
  const isPrivileged = (...lines: string[]) => {
    const text = `volumes: [{name: v, temp: {}}]\n${aStep(...lines)}`.replace(
      'alpine',
      'docker.io/plugins/docker:20',
    );
    return stepOf(compilePlan(text), 'a').privileged;
  };
  assert.equal(isPrivileged('settings: {repo: a}'), true);
  assert.equal(isPrivileged('commands: [ls]'), false);
  assert.equal(isPrivileged('entrypoint: [ls]'), false);
  assert.equal(isPrivileged('volumes: [{name: v, path: /x}]'), false);
  assert.equal(isPrivileged('environment: {DOCKER_HOST: x}'), false);
});

test('a variable that steers programs takes the privilege from a plugin, wherever it is set', () => {
  const plugin = aStep().replace('alpine', 'plugins/docker');
  const own = (name: string) => stepOf(compilePlan(`${plugin}  environment: {${name}: x}\n`), 'a').privileged;
  const ofPipeline = (name: string) =>
    stepOf(compilePlan(`environment: {${name}: x}\n${plugin}`), 'a').privileged;
  const ofBuild = (name: string) =>
    stepOf(compilePlan(plugin, { build: { params: { [name]: 'x' } } }), 'a').privileged;
  for (const name of [
    'LD_PRELOAD',
    'LD_LIBRARY_PATH',
    'ld_preload',
    'PATH',
    'BASH_ENV',
    'ENV',
    'HOME',
    'DOCKER_HOST',
    'DOCKER_CONFIG',
    'DOCKER_OPTS',
    'XDG_RUNTIME_DIR',
    'GIT_SSH_COMMAND',
    'NODE_OPTIONS',
    'PYTHONPATH',
    'TMPDIR',
    'IFS',
  ]) {
    assert.deepEqual([own(name), ofPipeline(name), ofBuild(name)], [false, false, false], name);
  }
  for (const name of ['DOCKER_USERNAME', 'DOCKER_PASSWORD', 'VERSION', 'PLUGIN_REPO', 'GIT_COMMITTER_NAME']) {
    assert.deepEqual([own(name), ofPipeline(name), ofBuild(name)], [true, true, true], name);
  }
});

test('a plugin is known by its whole name only', () => {
  const isPrivileged = (image: string, privilegedImages: readonly string[] = []) =>
    stepOf(compilePlan(aStep().replace('alpine', image), { runner: { privilegedImages } }), 'a').privileged;
  for (const image of [
    'plugins/docker',
    'index.docker.io/plugins/gcr:1',
    `plugins/ecr@sha256:${'0'.repeat(64)}`,
  ]) {
    assert.equal(isPrivileged(image), true, image);
  }
  for (const image of [
    'library/plugins/docker',
    'docker.io/library/plugins/docker',
    'plugins/docker/x',
    'plugins/docker-x',
    'evil/plugins/docker',
    'docker.io.evil.example/plugins/docker',
    'plugins/Docker',
    'localhost/plugins/docker',
  ]) {
    assert.equal(isPrivileged(image), false, image);
  }
  assert.equal(isPrivileged('octo/builder:2', ['octo/builder']), true);
});

test('credentials of the repository reach the clone alone where the runner says so', () => {
  const netrc = { machine: 'git.example', login: 'ada', password: 'p' };
  const passwordIn = (isNetrcForClone: boolean) =>
    stepOf(compilePlan(aStep(), { netrc, runner: { isNetrcForClone } }), 'a').environment
      .DRONE_NETRC_PASSWORD;
  assert.deepEqual([passwordIn(false), passwordIn(true)], ['p', undefined]);
});

test('[pipeline 101] a plugin of the same name in another registry does not', () => {
  const text = aStep().replace('alpine', 'registry.example/plugins/docker');
  assert.equal(stepOf(compilePlan(text), 'a').privileged, false);
});

test('[pipeline 102] a privileged step in an untrusted repository fails the stage', () => {
  assert.deepEqual(compileErrors(aStep('privileged: true')), ['5 untrusted']);
  assert.equal(stepOf(compilePlan(aStep('privileged: true'), { isTrusted: true }), 'a').privileged, true);
});

for (const [workspace, base, path, written] of [
  ['{}', '/drone/src', '/drone/src', undefined],
  ['{path: /abs}', '/abs', '/abs', undefined],
  ['{path: rel}', '/drone/src', '/drone/src/rel', 'rel'],
  ['{base: /b}', '/b', '/b', undefined],
  ['{base: /b, path: p}', '/b', '/b/p', 'p'],
  ['{base: /app, path: .}', '/app', '/app', '.'],
  ['{base: /etc}', '/drone/src', '/drone/src', undefined],
  ['{base: /x, path: ../Usr/bin/y}', '/drone/src', '/drone/src', undefined],
] as const) {
  test(`[pipeline 107] the workspace ${workspace} is mounted at ${base} and works in ${path}`, () => {
    const plan = compilePlan(`workspace: ${workspace}\n${aStep()}`);
    const { environment, workingDir } = stepOf(plan, 'a');
    assert.deepEqual(plan.workspace, { base, path });
    assert.equal(workingDir, path);
    assert.deepEqual(
      [environment.DRONE_WORKSPACE, environment.DRONE_WORKSPACE_BASE, environment.DRONE_WORKSPACE_PATH],
      [path, base, written],
    );
  });
}

test('[pipeline 108] a service works in the workspace only with commands', () => {
  const text = `services: [{name: s, image: x}, {name: t, image: x, commands: [ls]}]\n${aStep()}- {name: d, image: x, detach: true}\n- {name: w, image: x, working_dir: /w}\n`;
  const dirs = compilePlan(text).steps.map(({ workingDir, detached }) => [workingDir, detached]);
  assert.deepEqual(dirs, [
    ['/drone/src', false],
    [undefined, true],
    ['/drone/src', true],
    ['/drone/src', false],
    [undefined, true],
    ['/w', false],
  ]);
});

test('[pipeline 120] the depth of the clone counts in exec too', () => {
  const text = `clone: {depth: 5, skip_verify: true, trace: true}\n${anExec()}`;
  const plan = compilePlan(text, EXEC);
  assert.deepEqual(stepOf(plan, 'clone').clone, {
    url: 'https://git.example.com/octo/hello.git',
    ref: 'refs/heads/main',
    commit: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
    branch: 'main',
    depth: 5,
    retries: 0,
    skipVerify: true,
    trace: true,
  });
  assert.equal(stepOf(plan, 'a').environment.GIT_SSL_NO_VERIFY, 'true');
});

test('[pipeline 121] an exec pipeline without a name runs', () => {
  const plan = compilePlan(anExec('environment: {PATH: "$PATH:/x", E: ""}'), {
    ...EXEC,
    runner: { hostEnvironment: { PATH: '/bin' } },
  });
  assert.deepEqual(plan.workspace, { base: '', path: '' });
  const { environment, script, image, workingDir } = stepOf(plan, 'a');
  assert.deepEqual(
    [environment.PATH, environment.E, image, workingDir],
    ['/bin:/x', '', undefined, undefined],
  );
  assert.equal(script, '\nset -e\n\necho + "make"\nmake\n');
});

test('the built-in clone has no image and comes first, with an image of the runner it is a plugin', () => {
  const text = `clone: {depth: 3, retries: 2}\n${aStep()}`;
  const builtIn = stepOf(compilePlan(text, { netrc: NETRC }), 'clone');
  assert.deepEqual(
    [builtIn.number, builtIn.image, builtIn.runPolicy, builtIn.clone?.depth],
    [1, undefined, 'always', 3],
  );
  assert.equal(builtIn.environment.DRONE_NETRC_PASSWORD, undefined);
  const plugin = stepOf(
    compilePlan(text, { netrc: NETRC, runner: { cloneImage: 'drone/git:latest' } }),
    'clone',
  );
  assert.deepEqual(
    [plugin.image, plugin.pull, plugin.clone],
    ['drone/git:latest', 'if-not-exists', undefined],
  );
  const { PLUGIN_DEPTH, PLUGIN_RETRIES, DRONE_NETRC_FILE } = plugin.environment;
  assert.deepEqual(
    [PLUGIN_DEPTH, PLUGIN_RETRIES, DRONE_NETRC_FILE],
    ['3', '2', 'machine git.example.com login token password hunter2'],
  );
});

test('the parts of a container go into the plan', () => {
  const volumes =
    'volumes: [{name: h, host: {path: /dev/x}}, {name: m, temp: {medium: memory, size_limit: 1m}}]\n';
  const step = aStep(
    'pull: Always',
    'failure: fail-fast',
    'entrypoint: [a]',
    'command: [b]',
    'user: 1000',
    'network_mode: host',
    'dns: [1.1.1.1]',
    'dns_search: [x]',
    'extra_hosts: ["a:1.1.1.1"]',
    'shm_size: 1k',
    'mem_limit: 2k',
    'memswap_limit: 3k',
    'devices: [{name: h, path: /dev/y}]',
    'volumes: [{name: m, path: /m}]',
  );
  const plan = compilePlan(volumes + step, { isTrusted: true });
  assert.deepEqual(plan.volumes, [
    { name: 'h', kind: 'host', path: '/dev/x' },
    { name: 'm', kind: 'tmpfs', sizeBytes: 1_048_576 },
  ]);
  const { environment: _environment, ...rest } = stepOf(plan, 'a');
  assert.deepEqual(rest, {
    number: 2,
    name: 'a',
    kind: 'step',
    dependsOn: ['clone'],
    declaredDependsOn: [],
    runPolicy: 'on-success',
    failure: 'fast',
    detached: false,
    image: 'alpine',
    pull: 'always',
    entrypoint: ['a'],
    command: ['b'],
    secrets: [],
    workingDir: '/drone/src',
    mounts: [{ volume: 'm', path: '/m' }],
    devices: [{ volume: 'h', path: '/dev/y' }],
    privileged: false,
    user: '1000',
    networkMode: 'host',
    dns: ['1.1.1.1'],
    dnsSearch: ['x'],
    extraHosts: ['a:1.1.1.1'],
    shmSizeBytes: 1024,
    memoryLimitBytes: 2048,
    memorySwapLimitBytes: 3072,
  });
});

test('commands win over entrypoint and command', () => {
  const step = stepOf(compilePlan(aStep('commands: [ls]', 'entrypoint: [a]', 'command: [b]')), 'a');
  assert.deepEqual([step.entrypoint, step.command, typeof step.script], [undefined, undefined, 'string']);
});

test('labels name the stage, its lifetime included', () => {
  const { labels } = compilePlan(aStep());
  assert.equal(labels['io.drone.repo.slug'], 'octo/hello');
  assert.equal(labels['io.drone.ttl'], '1h0m0s');
  assert.equal(labels['io.drone.expires'], '1700007300');
});

test('a plan survives JSON', () => {
  const plan = compilePlan(aStep('commands: [ls]'));
  assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
});

test('a variable named like a member of every object is a variable', () => {
  const { environment } = stepOf(compilePlan(aStep('environment: {__proto__: x, constructor: y}')), 'a');
  assert.deepEqual(
    [Object.getOwnPropertyDescriptor(environment, '__proto__')?.value, environment.constructor],
    ['x', 'y'],
  );
});

test('a faulty pipeline of the same type fails the stage, one of another type does not', () => {
  assert.deepEqual(compileErrors(`${aStep()}---\nkind: pipeline\nname: b\nsteps: 5\n`), ['8 wrong-type']);
  assert.deepEqual(compileErrors(`${aStep()}---\nkind: pipeline\ntype: exec\nname: b\nsteps: 5\n`), []);
});

test('a stage that the file does not have is an error', () => {
  const { plan, findings } = compileStage(aStep(), { file: 'f' }, aContext({ stage: { name: 'other' } }));
  assert.equal(plan, undefined);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['pipeline-missing'],
  );
});

// The goal is one second on an idle machine; the limit leaves room for a busy one and still shows squared growth.
test('a file with 2,000 steps and an expression in each compiles quickly', () => {
  const steps = Array.from(
    { length: 2000 },
    (_, at) =>
      `- name: s${at}\n  image: alpine\n  environment: {A: b}\n  commands:\n  - make \${DRONE_COMMIT_SHA:0:8}\n`,
  );
  const text = `kind: pipeline\nsteps:\n${steps.join('')}`;
  assertQuick(() => assert.equal(compilePlan(text).steps.length, 2001), 4000);
});
