import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { type Environment, parseConfig } from './config.ts';
import { describeConfig } from './config-describe.ts';
import { parseEnvFile } from './config-env-file.ts';
import { renderConfigPage } from './config-page.ts';
import type { Setting } from './config-setting.ts';
import { SETTING_SECTIONS, SETTINGS } from './config-table.ts';
import { parseValue, ValueProblem } from './config-values.ts';

function parse(env: Environment, files: Record<string, string> = {}) {
  return parseConfig(env, (path) => {
    const text = files[path];
    if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
    return text;
  });
}

function failure(env: Environment): AppError {
  try {
    parse(env);
  } catch (error) {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'config-value');
    return error;
  }
  throw new Error('the settings were accepted');
}

test('the script languages are off until they are switched on, each with its limits', () => {
  const { convert } = parse({});
  assert.deepEqual(convert.jsonnet, { isEnabled: false, importLimit: 0 });
  assert.deepEqual(convert.starlark, { isEnabled: false, steps: 0, outputBytes: 0 });
  const config = parse({
    DRONE_JSONNET_ENABLED: 'true',
    DRONE_JSONNET_IMPORT_LIMIT: '3',
    DRONE_STARLARK_ENABLED: 'true',
    DRONE_STARLARK_STEP_LIMIT: '1000',
    DRONE_STARLARK_SIZE_LIMIT: '2000',
  });
  assert.deepEqual(config.convert.jsonnet, { isEnabled: true, importLimit: 3 });
  assert.deepEqual(config.convert.starlark, { isEnabled: true, steps: 1000, outputBytes: 2000 });
  assert.deepEqual(config.warnings, []);
});

test('an empty environment is a valid start', () => {
  const config = parse({});
  assert.equal(config.dataFolder, './data');
  assert.deepEqual(config.server.listen, { host: '', port: 8080 });
  assert.equal(config.server.publicUrl, 'http://localhost:8080');
  assert.deepEqual(config.database, { driver: 'sqlite', path: 'data/database.sqlite' });
  assert.equal(config.logs.limitBytes, 100_000_000);
  assert.equal(config.queue.leaseMs, 90_000);
  assert.deepEqual(config.runner.engines, ['docker']);
  assert.equal(config.runner.capacity, 2);
  assert.deepEqual(config.warnings, []);
});

test('the result is frozen to its depth', () => {
  const config = parse({ DRONE_RUNNER_LABELS: 'a:b' });
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.server.listen));
  assert.ok(Object.isFrozen(config.runner.labels) && Object.isFrozen(config.http.allowedHosts));
});

const VALUES: readonly [type: Setting['type'], text: string, value: unknown][] = [
  ['bool', 'T', true],
  ['bool', '0', false],
  ['int', '0x1F', 31],
  ['int', '017', 15],
  ['int', '0o17', 15],
  ['int', '0b11', 3],
  ['int', '0', 0],
  ['duration', '1h30m', 5_400_000],
  ['duration', '1.5h', 5_400_000],
  ['duration', '300ms', 300],
  ['duration', '0', 0],
  ['bytes', '100MB', 100_000_000],
  ['bytes', '1GiB', 1_073_741_824],
  ['bytes', '512', 512],
  ['bytes', '1.5k', 1500],
  ['list', ' a, b ,,c', ['a', 'b', 'c']],
  ['list', '', []],
  ['map', 'URL:http://x:1, b:c', { URL: 'http://x:1', b: 'c' }],
  ['map', '', {}],
  ['address', '9000', { host: '', port: 9000 }],
  ['address', ':9000', { host: '', port: 9000 }],
  ['address', '127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
  ['address', '[::1]:8080', { host: '::1', port: 8080 }],
  ['string', '', ''],
];

test('values are read as Go reads them, with lists and maps mended', () => {
  for (const [type, text, value] of VALUES) {
    assert.deepEqual(parseValue({ type, sentence: '' }, text), value, `${type} ${text}`);
  }
});

const WRONG: readonly [type: Setting['type'], text: string][] = [
  ['bool', 'yes'],
  ['bool', ''],
  ['int', '1.5'],
  ['int', ''],
  ['int', '08'],
  ['int', '99999999999999999999'],
  ['int', '-1'],
  ['duration', '30'],
  ['duration', ''],
  ['duration', '1d'],
  ['bytes', 'big'],
  ['bytes', '1iB'],
  ['map', 'novalue'],
  ['map', ':x'],
  ['address', 'localhost'],
  ['address', ':70000'],
];

test('[ops C06] [ops C07] values that make no sense are refused with a remedy', () => {
  for (const [type, text] of WRONG) {
    assert.throws(
      () => parseValue({ type, sentence: '' }, text),
      (error) => error instanceof ValueProblem && error.hint.endsWith('.'),
      `${type} ${JSON.stringify(text)}`,
    );
  }
  assert.equal(failure({ DRONE_CRON_DISABLED: 'yes' }).message, 'DRONE_CRON_DISABLED is not a truth value.');
  assert.match(failure({ DRONE_COOKIE_TIMEOUT: '30' }).hint ?? '', /30s or 30m/);
});

test('[ops C04] the public host loses its scheme and its capitals', () => {
  const { server } = parse({ DRONE_SERVER_HOST: 'https://CI.Example.com/' });
  assert.equal(server.host, 'ci.example.com');
  assert.equal(server.publicUrl, 'http://ci.example.com');
  assert.equal(parse({ DRONE_SERVER_PORT: ':80' }).server.publicUrl, 'http://localhost');
  assert.equal(parse({ DRONE_SERVER_PORT: ':3000' }).server.host, 'localhost:3000');
});

test('a path after the public host is the prefix of everything, and keeps its capitals', () => {
  const { server } = parse({ DRONE_SERVER_HOST: 'CI.example.com:8443/Team/ci/' });
  assert.deepEqual([server.host, server.pathPrefix], ['ci.example.com:8443', '/Team/ci']);
  assert.equal(server.publicUrl, 'http://ci.example.com:8443/Team/ci');
  assert.equal(parse({}).server.pathPrefix, '');
});

test('a public host that is none, or has an unusable path, is refused by name', () => {
  for (const host of ['ci.example.com/a b', 'ci.example.com/..', 'ci.example.com//x', 'a@b', 'x?y', '/ci']) {
    assert.match(failure({ DRONE_SERVER_HOST: host }).message, /^DRONE_SERVER_HOST /, host);
  }
  assert.match(failure({ DRONE_SERVER_HOST: 'ci.example.com/API' }).message, /begins with "API"/);
});

test('[ops C05] the link of a Kubernetes service in DRONE_SERVER_PORT is refused by name', () => {
  const error = failure({ DRONE_SERVER_PORT: 'tcp://10.0.0.1:80' });
  assert.match(`${error.message} ${error.hint}`, /Kubernetes.*drone-server/);
});

test('[ops C08] an empty list is no list', () => {
  assert.deepEqual(parse({ DRONE_HTTP_ALLOWED_HOSTS: '' }).http.allowedHosts, []);
});

test('[ops C09] the first colon divides an item of a map', () => {
  assert.deepEqual(parse({ DRONE_RUNNER_ENVIRON: 'URL:http://x' }).runner.environ, { URL: 'http://x' });
});

test('what every step gets from the runner is read from its settings', () => {
  const { runner } = parse({
    DRONE_RUNNER_VOLUMES: '/srv/cache:/cache,/etc/ssl:/etc/ssl:ro',
    DRONE_RUNNER_DEVICES: '/dev/kvm',
    DRONE_RUNNER_NETWORKS: 'proxy',
    DRONE_RUNNER_NETWORK_OPTS: 'com.docker.network.driver.mtu:1400',
    DRONE_RUNNER_PRIVILEGED_IMAGES: 'octo/builder',
    DRONE_RUNNER_MAX_PROCS: '4',
    DRONE_LIMIT_MEM: '1073741824',
    DRONE_CPU_SET: '0,1',
    DRONE_DOCKER_STREAM_PULL: 'false',
    DRONE_NETRC_CLONE_ONLY: 'true',
    DRONE_FLAG_ALLOW_DOCKER_PLUGIN_VOLUMES: 'true',
    DRONE_RUNNER_ROOT: '/var/ci',
    DRONE_RUNNER_SYMLINKS: '/opt/cache:/cache',
  });
  assert.deepEqual(runner.containers.volumes, ['/srv/cache:/cache', '/etc/ssl:/etc/ssl:ro']);
  assert.deepEqual([runner.containers.devices, runner.containers.networks], [['/dev/kvm'], ['proxy']]);
  assert.deepEqual(runner.containers.networkOptions, { 'com.docker.network.driver.mtu': '1400' });
  const { memoryBytes, cpuSet } = runner.containers.limits;
  assert.deepEqual([memoryBytes, cpuSet, runner.maxProcs], [1_073_741_824, '0,1', 4]);
  assert.equal(runner.containers.showsPulls, false);
  assert.deepEqual([runner.keepsNetrcToClone, runner.allowsPluginVolumes], [true, true]);
  assert.deepEqual(runner.privilegedImages, ['octo/builder']);
  assert.deepEqual(runner.exec, { path: '', root: '/var/ci', symlinks: { '/opt/cache': '/cache' } });
  assert.deepEqual(parse({}).runner.containers.subnets, ['10.213.0.0/16']);
  assert.deepEqual(parse({ SORTIE_RUNNER_SUBNETS: '' }).runner.containers.subnets, []);
});

test('[ops C10] the environment wins over the env file', () => {
  const file = parseEnvFile(
    '# settings\nexport DRONE_RUNNER_CAPACITY=4\nDRONE_RUNNER_NAME="one\\ntwo" # name\nA=\'b # c\'\nB= x y # z\n',
  );
  assert.deepEqual(file, { DRONE_RUNNER_CAPACITY: '4', DRONE_RUNNER_NAME: 'one\ntwo', A: 'b # c', B: 'x y' });
  assert.equal(parse({ ...file, DRONE_RUNNER_CAPACITY: '8' }).runner.capacity, 8);
});

test('[ops C14] obsolete and future settings are accepted with a warning each', () => {
  const { warnings } = parse({
    DRONE_DATADOG_ENABLED: 'true',
    DRONE_LICENSE: 'x',
    DRONE_S3_BUCKET: 'logs',
    TZ: 'UTC',
  });
  assert.deepEqual(warnings, [
    'DRONE_S3_BUCKET is understood, but has no effect in this version.',
    'DRONE_DATADOG_ENABLED is ignored: Sortie never calls home.',
    'DRONE_LICENSE is ignored: Sortie has no licence limits.',
  ]);
});

test('[ops C15] a secret may be in a file; its last newline does not count, and the plain variable wins', () => {
  const files = { '/run/secret': 'pass\nword\n' };
  const env = { DRONE_COOKIE_SECRET_FILE: '/run/secret' };
  assert.equal(parse(env, files).session.secret, 'pass\nword');
  assert.equal(parse({ ...env, DRONE_COOKIE_SECRET: 'plain' }, files).session.secret, 'plain');
  const error = failure(env);
  assert.match(error.message, /^DRONE_COOKIE_SECRET cannot be read from "\/run\/secret" \(ENOENT/);
});

test('a misspelt name is a warning with the name that was meant', () => {
  const { warnings } = parse({
    DRONE_SERVER_HOTS: 'x',
    SORTIE_DATTA: 'y',
    DRONE_QUITE_SOMETHING_ELSE: 'z',
    HOME: '/',
  });
  assert.deepEqual(warnings, [
    'DRONE_QUITE_SOMETHING_ELSE is not a setting that Sortie knows.',
    'DRONE_SERVER_HOTS is not a setting that Sortie knows; did you mean DRONE_SERVER_HOST?',
    'SORTIE_DATTA is not a setting that Sortie knows; did you mean SORTIE_DATA?',
  ]);
});

test('the variables of a build around the server are not taken for misspellings', () => {
  const names = [
    'DRONE',
    'DRONE_BUILD_NUMBER',
    'DRONE_COMMIT',
    'DRONE_COMMIT_AUTHOR_NAME',
    'DRONE_REPO',
    'DRONE_BRANCH',
    'DRONE_TOKEN',
    'SORTIE_SERVER',
    'DRONE_STAGE_DEPENDS_ON',
  ];
  assert.deepEqual(parse(Object.fromEntries(names.map((name) => [name, 'x']))).warnings, []);
});

test('all problems come in one message', () => {
  const { message } = failure({
    DRONE_SERVER_PORT: 'x',
    DRONE_RUNNER_CAPACITY: '0',
    SORTIE_RUNNER_ENGINES: 'docker,vm',
    SORTIE_LEASE: '1ms',
  });
  assert.match(message, /^4 settings cannot be used:\n/);
  assert.match(message, /- DRONE_RUNNER_CAPACITY is too small\. The least is 1\./);
  assert.match(message, /- SORTIE_RUNNER_ENGINES is not one of the known words\. Use one of: docker, exec\./);
  assert.match(message, /- SORTIE_LEASE is too small\. The least is 1s\./);
});

test('an older name works, loses to the new one, and says so', () => {
  assert.equal(parse({ DRONE_MACHINE: 'old' }).runner.name, 'old');
  const both = parse({ DRONE_MACHINE: 'old', DRONE_RUNNER_NAME: 'new' });
  assert.equal(both.runner.name, 'new');
  assert.deepEqual(both.warnings, [
    'DRONE_MACHINE is an older name of DRONE_RUNNER_NAME, which is set too and wins.',
  ]);
});

test('database settings of Drone lead to the same database', () => {
  const database = (driver: string, source?: string) =>
    parse({ DRONE_DATABASE_DRIVER: driver, DRONE_DATABASE_DATASOURCE: source }).database;
  assert.deepEqual(database('sqlite3', 'file:/srv/core.sqlite?cache=shared'), {
    driver: 'sqlite',
    path: '/srv/core.sqlite',
  });
  assert.deepEqual(database('postgres', 'postgres://u:p@db/ci'), {
    driver: 'postgres',
    url: 'postgres://u:p@db/ci',
    maxConnections: 10,
  });
  assert.deepEqual(database('postgres', "host=db user=me password='a b' dbname=ci sslmode=disable"), {
    driver: 'postgres',
    url: 'postgres://me:a%20b@db:5432/ci?sslmode=disable',
    maxConnections: 10,
  });
  assert.match(failure({ DRONE_DATABASE_DRIVER: 'mysql' }).message, /MySQL/);
  assert.match(failure({ DRONE_DATABASE_DRIVER: 'postgres' }).message, /DATASOURCE is not set/);
  assert.match(failure({ DRONE_DATABASE_DRIVER: 'oracle' }).hint ?? '', /sqlite3/);
});

test('what is in force is shown with its origin and without secrets', () => {
  const text = describeConfig(
    parse({ DRONE_COOKIE_SECRET: 'hunter2', DRONE_MACHINE: 'm1', DRONE_S3_BUCKET: 'b' }),
  );
  assert.match(text, /^DRONE_COOKIE_SECRET=\*{8} {2}# from DRONE_COOKIE_SECRET$/m);
  assert.match(text, /^DRONE_RUNNER_NAME=m1 {2}# from DRONE_MACHINE$/m);
  assert.match(text, /^DRONE_SERVER_PORT=:8080 {2}# default$/m);
  assert.doesNotMatch(text, /hunter2|DRONE_S3_BUCKET=/);
  assert.match(text, /^warning: DRONE_S3_BUCKET/m);
});

test('no setting appears in two sections, every default is valid, every sentence ends', () => {
  const names = SETTING_SECTIONS.flatMap(({ settings }) => Object.keys(settings));
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(names.toSorted(), Object.keys(SETTINGS).toSorted());
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    assert.doesNotThrow(() => parseValue(setting, undefined), name);
    assert.match(setting.sentence, /[.]$/, name);
  }
});

test('no older name is a setting of its own', () => {
  const aliases = Object.values<Setting>(SETTINGS).flatMap(({ aliases = [] }) => aliases);
  assert.deepEqual(
    aliases.filter((alias) => Object.hasOwn(SETTINGS, alias)),
    [],
  );
  assert.equal(new Set(aliases).size, aliases.length);
});

test('the page lists every setting once, with what is in force', () => {
  const page = renderConfigPage();
  for (const name of Object.keys(SETTINGS)) assert.equal(page.split(`\n| \`${name}\` `).length, 2, name);
  assert.match(page, /\| `DRONE_S3_BUCKET` +\| text +\| +\| no +\|/);
  assert.match(page, /\| `DRONE_LICENSE` +\| text, _secret_ +\| +\| ignored +\|/);
});

test('[ops C73] cron expressions are read in the zone of TZ, UTC unless given, and an unknown zone stops the start', () => {
  assert.deepEqual(parse({}).cron, { isEnabled: true, intervalMs: 1_800_000, timeZone: 'UTC' });
  const { cron } = parse({ TZ: ':Europe/Berlin', DRONE_CRON_DISABLED: 'true', DRONE_CRON_INTERVAL: '5m' });
  assert.deepEqual(cron, { isEnabled: false, intervalMs: 300_000, timeZone: 'Europe/Berlin' });
  assert.match(failure({ TZ: 'Europe/Nowhere' }).message, /^TZ is not the name of a time zone/);
  assert.match(failure({ DRONE_CRON_INTERVAL: '0s' }).message, /^DRONE_CRON_INTERVAL /);
});
