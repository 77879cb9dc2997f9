import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Assignment, RunnerService } from '@sortie/contract/runner';
import { tellCalls } from './tell-calls.ts';

const LEASE = { stageId: 7, attempt: 1, fence: 2 };
const SECRET = 'hunter2';

const ASSIGNMENT = {
  lease: LEASE,
  repo: { slug: 'octocat/hello', secret: SECRET },
  build: { number: 12, params: { TOKEN: SECRET } },
  stage: { number: 1, type: 'docker' },
  secrets: { stored: [{ name: 'token', value: SECRET, allowsPullRequests: false }], opened: [] },
} as unknown as Assignment;

it('the log tells what happens to stages and steps, and with more detail each call, but nothing secret', async () => {
  const lines: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
  const keep = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message });
  const service = {
    request: async () => ASSIGNMENT,
    heartbeat: async () => ({ isCancelled: false }),
    begin: async () => [{ id: 3, number: 1, name: 'test', image: SECRET }],
    updateStep: async () => undefined,
    appendLog: async () => ({ size: 7 }),
    finish: async () => undefined,
  } as unknown as RunnerService;
  const told = tellCalls(service, { debug: keep('debug'), trace: keep('trace') });
  const runner = { types: ['docker'] } as unknown as Parameters<RunnerService['request']>[0];
  const report = { status: 'success', exitCode: 0, error: SECRET, started: 1, stopped: 2 } as const;

  const taken = await told.request(runner, { waitMs: 5, signal: AbortSignal.timeout(1000) });
  assert.equal(taken, ASSIGNMENT);
  assert.deepEqual(await told.heartbeat(LEASE), { isCancelled: false });
  assert.equal((await told.begin(LEASE, [])).length, 1);
  await told.updateStep(LEASE, { ...report, stepId: 3 });
  const piece = { offset: 0, bytes: Buffer.from(SECRET), marks: [], checksum: 0 };
  assert.deepEqual(await told.appendLog(LEASE, 3, piece), { size: 7 });
  await told.finish(LEASE, { ...report, steps: [] });

  assert.deepEqual(
    lines.map(({ level, message }) => `${level}: ${message}`),
    [
      'trace: asking for work',
      'debug: a stage was taken',
      'trace: the lease of a stage was extended',
      'debug: a stage began',
      'debug: a step changed',
      'trace: output of a step',
      'debug: a stage ended',
    ],
  );
  assert.deepEqual(lines[4]?.fields, { ...LEASE, stepId: 3, status: 'success', exitCode: 0 });
  assert.equal(JSON.stringify(lines).includes(SECRET), false);
});
