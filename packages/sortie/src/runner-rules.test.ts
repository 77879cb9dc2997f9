import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { parseConfig } from '@sortie/server/config';
import { openEngines } from './engines.ts';
import { runnerRules } from './runner-rules.ts';

function configOf(env: Readonly<Record<string, string>>) {
  return parseConfig(env, () => '');
}

it('a file of variables is merged over those of the settings, and one that is not there is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-rules-'));
  const path = join(folder, 'env');
  await writeFile(path, 'URL=http://proxy:3128\nexport B="two words"\n');
  const settings = { DRONE_RUNNER_ENVIRON: 'A:1,B:2', DRONE_RUNNER_ENV_FILE: path };
  const { environ } = runnerRules(configOf(settings).runner, {});
  assert.deepEqual(environ, { A: '1', B: 'two words', URL: 'http://proxy:3128' });
  await rm(folder, { recursive: true });
  assert.throws(() => runnerRules(configOf(settings).runner, {}), {
    code: 'config-value',
    message: /DRONE_RUNNER_ENV_FILE/,
  });
});

it('proxies of the process reach every step, the upper-case name first', () => {
  const env = { HTTP_PROXY: 'http://upper', http_proxy: 'http://lower', no_proxy: 'localhost' };
  const { rules } = runnerRules(configOf({}).runner, env);
  assert.deepEqual(rules?.proxies, { no: 'localhost', http: 'http://upper', https: '', all: '' });
});

it('limits and secrets of the runner are read from its settings', () => {
  const { limits, secretStores } = runnerRules(
    configOf({
      DRONE_LIMIT_REPOS: 'octocat/*,ada/tool',
      DRONE_LIMIT_EVENTS: 'push',
      DRONE_LIMIT_TRUSTED: 'true',
      DRONE_RUNNER_SECRETS: 'TOKEN:a:b',
    }).runner,
    {},
  );
  assert.deepEqual(limits, { repos: ['octocat/*', 'ada/tool'], events: ['push'], isForTrusted: true });
  assert.deepEqual(secretStores?.(undefined as never), { runner: { TOKEN: 'a:b' } });
});

it('a limit of steps is one for all stages, and no limit is none', () => {
  assert.equal(runnerRules(configOf({}).runner, {}).slots, undefined);
  assert.notEqual(runnerRules(configOf({ DRONE_RUNNER_MAX_PROCS: '2' }).runner, {}).slots, undefined);
});

it('a volume for all steps that is none is refused at the start', () => {
  for (const volume of ['/srv/cache', './relative:/x', 'name:relative', '/a:/b:/c', '/a/../b:/c']) {
    const config = configOf({ DRONE_RUNNER_VOLUMES: volume });
    assert.throws(() => openEngines(config), { name: 'AppError' }, volume);
  }
  openEngines(configOf({ DRONE_RUNNER_VOLUMES: '/srv/cache:/cache:ro' }));
});
