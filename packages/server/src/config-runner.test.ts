import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Environment, parseConfig } from './config.ts';

function parse(env: Environment) {
  return parseConfig(env, () => '');
}

const LEVELS: readonly (readonly [name: string | undefined, level: string])[] = [
  [undefined, 'info'],
  ['DRONE_DEBUG', 'debug'],
  ['DRONE_LOGS_DEBUG', 'debug'],
  ['DRONE_TRACE', 'trace'],
  ['DRONE_LOGS_TRACE', 'trace'],
];

for (const [name, level] of LEVELS) {
  it(`${name ?? 'an empty environment'} makes the log tell ${level}`, () => {
    const { logging, warnings } = parse(name === undefined ? {} : { [name]: 'true' });
    assert.deepEqual({ logging, warnings }, { logging: { level }, warnings: [] });
  });
}

it('the finer level wins, whichever name asks for it', () => {
  assert.equal(parse({ DRONE_DEBUG: 'true', DRONE_LOGS_TRACE: 'true' }).logging.level, 'trace');
  assert.equal(parse({ DRONE_DEBUG: 'false', DRONE_LOGS_DEBUG: 'true' }).logging.level, 'debug');
});

it('dumps of the calls of a runner are off until they are switched on', () => {
  assert.deepEqual(parse({}).runner.remote.dump, { isOn: false, hasBodies: false });
  const env = { DRONE_RPC_DUMP_HTTP: 'true', DRONE_RPC_DUMP_HTTP_BODY: 'true' };
  const { runner, warnings } = parse(env);
  assert.deepEqual(runner.remote.dump, { isOn: true, hasBodies: true });
  assert.deepEqual(warnings, []);
});

it('the version of the API of Docker is kept as written', () => {
  assert.equal(parse({ DOCKER_API_VERSION: '1.41' }).runner.docker.apiVersion, '1.41');
  assert.equal(parse({}).runner.docker.apiVersion, '');
});
