import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseConfig } from '@sortie/server/config';
import { checkEngines, toText } from './doctor.ts';

const configOf = (env: Readonly<Record<string, string>>) => parseConfig(env, () => '');

test('a Docker socket that is not there fails with the remedy', async () => {
  const [diagnosis] = await checkEngines(configOf({ DOCKER_HOST: 'unix:///nonexistent/docker.sock' }));
  assert.equal(diagnosis?.state, 'fail');
  assert.match(diagnosis?.message ?? '', /The Docker daemon does not answer: .*ENOENT/);
  assert.match(diagnosis?.hint ?? '', /Start Docker, or correct DOCKER_HOST/);
});

test('a runner without Docker needs none', async () => {
  const [diagnosis] = await checkEngines(configOf({ SORTIE_RUNNER_ENGINES: 'exec' }));
  assert.equal(diagnosis?.state, 'ok');
});

test('the report has one line for each check, the remedy below it and the sum at its end', () => {
  const text = toText([
    { check: 'git', state: 'ok', message: 'git 2.45.0 is at /usr/bin/git.' },
    { check: 'hooks', state: 'fail', message: 'The webhook is gone.', hint: 'Repair it.' },
  ]);
  assert.equal(
    text,
    [
      'ok    git       git 2.45.0 is at /usr/bin/git.',
      'FAIL  hooks     The webhook is gone.',
      '                → Repair it.',
      '',
      '1 fine, 0 to look at, 1 failed.',
      '',
    ].join('\n'),
  );
});

test('the command ends with 1 when something has failed, and its JSON is valid', async () => {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  const env = { PATH: process.env.PATH, SORTIE_DATA: '/nonexistent/sortie', DRONE_RUNNER_CAPACITY: 'many' };
  const { code, stdout } = (await promisify(execFile)(process.execPath, [main, 'doctor', '--json'], {
    env,
  }).catch((error: { code: number; stdout: string }) => error)) as { code?: number; stdout: string };
  assert.equal(code, 1);
  const [first] = JSON.parse(stdout) as { check: string; state: string }[];
  assert.deepEqual([first?.check, first?.state], ['settings', 'fail']);
});
