import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { storedBuild } from '@sortie/testing/queue-views';
import { forRunner } from '../services/clone-address.ts';
import { accepted, aScriptedRunner, createRpcWorld } from './rpc-world.fixture.ts';

test('[scm C14] official runners get the address that the administrator has put in the place of the service’s', async (t) => {
  const rewrites = [{ from: 'http://localhost:8080', to: 'http://sortie' }];
  const world = await createRpcWorld({ rpc: { forRunner: (facts) => forRunner(rewrites, facts) } });
  t.after(() => world.close());
  await world.start();
  const runner = aScriptedRunner(world);
  await accepted(runner);
  const { repository } = (await runner.details(1)).body;
  assert.match(repository.git_http_url, /^http:\/\/sortie\/git\//);
});

test('a stage without credentials for its clone ends with whose they are and what to do', async (t) => {
  const message = 'ada/app cannot be cloned: ada must sign in with Gogs again.';
  const refuse = () => Promise.reject(new AppError('clone-refused', message));
  const world = await createRpcWorld({ rpc: { cloneCredentials: refuse } });
  t.after(() => world.close());
  const { build } = await world.start([aStageDraft()]);
  const runner = aScriptedRunner(world);
  await accepted(runner);
  const answer = await runner.details(1);
  assert.equal(answer.text, message);
  const { stage } = await storedBuild(world, build.id);
  assert.deepEqual([stage.status, stage.error], ['error', message]);
});
