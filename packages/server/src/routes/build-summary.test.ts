import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aBuildDraft } from '@sortie/testing/domain-builders';
import { createHttpWorld, type HttpWorld, startStep } from '@sortie/testing/http-world';
import { aStageReport, aStepReport } from '@sortie/testing/queue-world';
import { cancelBuild } from '../services/cancel-build.ts';
import { createBuild } from '../services/create-build.ts';

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const headers = await world.bearer(await world.addUser({ login: 'root', isAdmin: true }));
  const get = (url: string, more: Record<string, string> = {}) =>
    world.app.inject({ url, headers: { ...headers, ...more } });
  return { world, get };
}

/** A build whose first step has failed with this log. */
async function failWith(world: HttpWorld, log: string, exitCode = 1) {
  const started = await startStep(world);
  const { repo, build, lease, stepId, write } = started;
  await write(log);
  await world.queue.closeLog(lease, stepId);
  await world.queue.updateStep(
    lease,
    aStepReport(stepId, { status: 'failure', exitCode, stopped: 1_800_000_005 }),
  );
  await world.queue.finish(lease, aStageReport({ status: 'failure', exitCode }));
  return { ...started, url: `/api/repos/${repo.slug}/builds/${build.number}/summary` };
}

test('a failed build tells stage, step, exit code, last lines and the first failing line', async (t) => {
  const { world, get } = await open(t);
  const head = Array.from({ length: 3000 }, (_, index) => `line ${index}\n`).join('');
  const { url, repo } = await failWith(
    world,
    `${head}Error: a guess\n--- FAIL: TestParse (0.00s)\n${head}exit\n`,
    2,
  );
  const answer = await get(url);
  assert.equal(answer.statusCode, 200);
  const { failed_stages, first_failure, ...summary } = answer.json();
  assert.deepEqual(
    [summary.repo, summary.number, summary.status, summary.truncated, summary.waiting_stages],
    [repo.slug, 1, 'failure', false, []],
  );
  assert.deepEqual(first_failure, {
    line: 3002,
    text: '--- FAIL: TestParse (0.00s)',
    kind: 'go',
    stage: 1,
    stage_name: 'default',
    step: 1,
    step_name: 'step-1',
  });
  const [{ steps, ...stage }] = failed_stages;
  assert.deepEqual(stage, { number: 1, name: 'default', status: 'failure', exit_code: 2, class: 'exit' });
  assert.equal(steps.length, 1);
  assert.deepEqual([steps[0].name, steps[0].exit_code, steps[0].class], ['step-1', 2, 'exit']);
  const last = Array.from({ length: 19 }, (_, index) => `line ${2981 + index}`);
  assert.deepEqual(steps[0].last_lines, [...last, 'exit']);
});

test('an error without known words is a guess, and none is none', async (t) => {
  const { world, get } = await open(t);
  const guess = await failWith(world, 'one\nfatal: no such thing\ntwo\n');
  assert.deepEqual((await get(guess.url)).json().first_failure.kind, 'other');
  const none = await failWith(world, 'one\ntwo\n');
  assert.equal((await get(none.url)).json().first_failure, undefined);
});

test('the failing line of a log that is too long to be searched is found near its end', async (t) => {
  const { world, get } = await open(t);
  const { lease, stepId, write, repo, build } = await startStep(world);
  const piece = `${'x'.repeat(99)}\n`.repeat(5_000);
  for (let part = 0; part < 10; part += 1) await write(piece);
  await write('make: *** [test] Error 1\n');
  await world.queue.closeLog(lease, stepId);
  await world.queue.updateStep(lease, aStepReport(stepId, { status: 'failure', exitCode: 2 }));
  await world.queue.finish(lease, aStageReport({ status: 'failure', exitCode: 2 }));
  const summary = (await get(`/api/repos/${repo.slug}/builds/${build.number}/summary`)).json();
  assert.deepEqual([summary.first_failure.line, summary.first_failure.kind], [50_001, 'make']);
});

test('last lines are bounded in bytes, however long the lines are', async (t) => {
  const { world, get } = await open(t);
  const { url } = await failWith(world, `${'x'.repeat(50_000)}\n`.repeat(30));
  const [{ steps }] = (await get(url)).json().failed_stages;
  assert.ok(steps[0].last_lines.length >= 1);
  assert.ok(steps[0].last_lines.join('\n').length <= 8_000);
});

test('as text the summary can be read in a chat', async (t) => {
  const { world, get } = await open(t);
  const { url, repo } = await failWith(world, 'one\nnot ok 3 - parses\n', 137);
  const text = `${repo.slug} build 1: failure (push main)
Add a feature

Stage default: failure (signal)
  Step step-1: failure, exit code 137 (signal)
    First failure, line 2: not ok 3 - parses
    Last lines:
      one
      not ok 3 - parses
`;
  const answer = await get(`${url}?format=text`);
  assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(answer.body, text);
  assert.equal((await get(url, { accept: 'text/plain' })).body, text);
  assert.equal((await get(`${url}?format=json`, { accept: 'text/plain' })).json().number, 1);
});

test('a build in error tells its findings', async (t) => {
  const { world, get } = await open(t);
  const { repo } = await world.start();
  const finding = {
    severity: 'error' as const,
    code: 'unknown-key',
    message: 'There is no such key.',
    file: '.drone.yml',
    line: 3,
    column: 1,
    document: 0,
    pointer: '/stepz',
  };
  const draft = aBuildDraft({ findings: [finding] });
  const deps = { db: world.db, events: world.events, wake: () => world.queue.wake(), now: world.now };
  const build = await createBuild(deps, { repo, draft, stages: { error: 'The pipeline file has errors.' } });
  const url = `/api/repos/${repo.slug}/builds/${build.number}/summary`;
  const summary = (await get(url)).json();
  assert.deepEqual([summary.error, summary.findings], ['The pipeline file has errors.', [finding]]);
  assert.match((await get(`${url}?format=text`)).body, /^\.drone\.yml:3:1: There is no such key\.$/m);
});

test('a build that waits tells what for, and a cancelled one what was cancelled', async (t) => {
  const { world, get } = await open(t);
  const { repo, build } = await world.start();
  const url = `/api/repos/${repo.slug}/builds/1/summary`;
  const waiting = (await get(url)).json();
  assert.deepEqual(waiting.failed_stages, []);
  assert.equal(waiting.waiting_stages[0].waiting_for[0].code, 'no-runner');
  assert.match((await get(`${url}?format=text`)).body, /Stage default waits:\n {2}No runner/);
  await cancelBuild(world, build.id);
  const cancelled = (await get(url)).json();
  assert.deepEqual(cancelled.waiting_stages, []);
  assert.deepEqual(
    cancelled.failed_stages.map((stage: { class: string }) => stage.class),
    ['skipped'],
  );
});

test('a successful build has nothing to tell, and logs need their scope', async (t) => {
  const { world, get } = await open(t);
  const { repo, lease } = await startStep(world);
  await world.queue.finish(lease, aStageReport());
  const url = `/api/repos/${repo.slug}/builds/1/summary`;
  const summary = (await get(url)).json();
  assert.deepEqual(
    [summary.status, summary.failed_stages, summary.first_failure],
    ['success', [], undefined],
  );
  const user = await world.addUser();
  await world.grant(user, repo, { read: true, write: false, admin: false });
  const builds = await world.bearer(user, ['builds:read']);
  assert.equal((await world.app.inject({ url, headers: builds })).json().error_code, 'token-scope');
  const logs = await world.bearer(user, ['logs:read']);
  assert.equal((await world.app.inject({ url, headers: logs })).statusCode, 200);
  assert.equal((await get(`/api/repos/${repo.slug}/builds/77/summary`)).statusCode, 404);
});
