import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Assignment } from '@sortie/contract/runner';
import { systemClock } from '@sortie/engine/clock';
import { DummyEngine } from '@sortie/engine/dummy/engine';
import { aRunner, aStageDraft } from '@sortie/testing/domain-builders';
import { addSecret, openQueueWorld, storedBuild, storedLog } from '@sortie/testing/queue-views';
import { AT_ONCE, type QueueWorld } from '@sortie/testing/queue-world';
import { runAssignment, type StageRunDeps } from './stage-run.ts';

const NEVER = new AbortController().signal;

type Given = Parameters<typeof addSecret>[2];

function pipeline(steps: string): string {
  return `kind: pipeline\ntype: exec\nname: default\nclone:\n  disable: true\nsteps:\n${steps}`;
}

function step(name: string, environment: Readonly<Record<string, string>> = {}, more = ''): string {
  const variables = Object.entries(environment).map(
    ([key, value]) => `      ${key}: ${JSON.stringify(value)}\n`,
  );
  const block = variables.length === 0 ? '' : `    environment:\n${variables.join('')}`;
  return `  - name: ${name}\n    commands: ["true"]\n${block}${more}`;
}

/** Secrets from the store of the server into the steps of a scriptable engine, and into no log. */
describe('a stage that names secrets', () => {
  let world: QueueWorld;
  let engine: DummyEngine;

  beforeEach(async () => {
    world = await openQueueWorld();
    engine = new DummyEngine();
  });
  afterEach(() => world.close());

  function deps(patch: Partial<StageRunDeps> = {}): StageRunDeps {
    const note = (): void => undefined;
    return {
      service: world.queue,
      engines: new Map([['exec', engine]]),
      name: 'tester',
      environ: {},
      cloneImage: undefined,
      logLimitBytes: 1_000_000,
      clock: systemClock(),
      sleep: (_ms, signal) => untilAborted(signal),
      random: () => 0,
      log: { info: note, warn: note, error: note },
      ...patch,
    };
  }

  async function lease(config: string, type = 'exec', secrets: readonly Given[] = []): Promise<Assignment> {
    const { repo } = await world.start([]);
    for (const secret of secrets) await addSecret(world, repo.id, secret);
    await world.start([aStageDraft({ type, name: 'default' })], { build: { config }, in: repo });
    const assignment = await world.queue.request(aRunner({ types: [type] }), AT_ONCE);
    assert.ok(assignment);
    return assignment;
  }

  const result = ({ build }: Assignment) => storedBuild(world, build.id);

  it('gets its secrets into the steps that name them, masked in every log; one that nobody has is empty', async () => {
    const secrets = '    environment:\n      KEY: {from_secret: key}\n      GONE: {from_secret: gone}\n';
    const print = step('two', { DUMMY_OUTPUT: 'it is hunter2\n' });
    const given = [{ name: 'KEY', value: 'hunter2' }];
    const assignment = await lease(pipeline(step('one', {}, secrets) + print), 'exec', given);
    await runAssignment(deps(), assignment, NEVER);
    const one = (await engine.called('start', 'one')).environment;
    const two = (await engine.called('start', 'two')).environment;
    assert.deepEqual([one.KEY, one.GONE, two.KEY], ['hunter2', '', undefined]);
    const log = await storedLog(world, await result(assignment), 2);
    assert.equal(log.text, 'it is ******\n');
  });

  it('gives a secret for some images to the steps with such an image only', async () => {
    const secret = '    image: IMAGE\n    environment: {KEY: {from_secret: key}}\n';
    const steps = ['alpine', 'plugins/slack', 'plugins/slack/x'].map((image, at) =>
      step(`s${at}`, {}, secret.replace('IMAGE', image)),
    );
    const given = [{ name: 'key', value: 'hunter2', rules: { images: ['plugins/*'] } }];
    const config = pipeline(steps.join('')).replace('type: exec', 'type: docker');
    const assignment = await lease(config, 'docker', given);
    await runAssignment(deps({ engines: new Map([['docker', engine]]) }), assignment, NEVER);
    const keys = [];
    for (const name of ['s0', 's1', 's2']) keys.push((await engine.called('start', name)).environment.KEY);
    assert.deepEqual(keys, ['', 'hunter2', '']);
  });

  it('uses what the server has opened of the file, masked like every other secret', async () => {
    const print = step('two', { DUMMY_OUTPUT: 'it is hunter2\n' });
    const secrets = '    environment:\n      KEY: {from_secret: key}\n';
    const file = `${pipeline(step('one', {}, secrets) + print)}---\nkind: secret\nname: key\ndata: sealed\n`;
    const opened = [{ data: 'sealed', value: 'hunter2' }];
    const assignment = await lease(file);
    await runAssignment(deps(), { ...assignment, secrets: { stored: [], opened } }, NEVER);
    assert.equal((await engine.called('start', 'one')).environment.KEY, 'hunter2');
    assert.equal((await storedLog(world, await result(assignment), 2)).text, 'it is ******\n');
  });

  it('says in the log of a step which secret is missing, and runs it with an empty one', async () => {
    const text = step('one', { DUMMY_PRINT: 'TOKEN' }).replace(
      '    environment:\n',
      '    environment:\n      TOKEN: {from_secret: api_key}\n',
    );
    const assignment = await lease(pipeline(text));
    await runAssignment(deps(), assignment, NEVER);
    const stored = await result(assignment);
    assert.equal(stored.build.status, 'success');
    const note = 'warning: there is no secret "api_key" for this build, so TOKEN lacks it\n';
    assert.equal((await storedLog(world, stored)).text, `${note}\n`);
  });

  it('never shows the password of its clone in a log', async () => {
    const assignment = await lease(
      pipeline(step('one', { DUMMY_OUTPUT: 'the word is s3cret-clone-word!\n' })),
    );
    const cloneCredentials = { machine: 'localhost', login: 'ci', password: 's3cret-clone-word' };
    await runAssignment(deps(), { ...assignment, cloneCredentials }, NEVER);
    const log = await storedLog(world, await result(assignment));
    assert.equal(log.text, 'the word is ******!\n');
  });
});

/** Rejects with the reason of the signal, and never before. */
function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
