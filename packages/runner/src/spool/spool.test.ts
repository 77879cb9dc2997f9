import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { createRunnerChecks } from '@sortie/contract/runner-checks';
import type { Frame } from '@sortie/contract/runner-frames';
import type { DeliveryReply, ReportHead } from '@sortie/contract/runner-wire';
import { systemClock } from '@sortie/engine/clock';
import type { RunnerClient } from '../extended/runner-client.ts';
import { createSpooledService } from '../extended/spooled-service.ts';
import { openJournal } from './journal.ts';
import { findLeftStages, spoolPath } from './recover.ts';
import { openStageSpool } from './stage-spool.ts';

const LEASE = { stageId: 1, attempt: 1, fence: 7 };
const END = { status: 'success', exitCode: 0, error: '', started: 1, stopped: 9, steps: [] } as const;

function stepOf(status: 'running' | 'success'): ReportHead {
  const times = { started: 1, stopped: status === 'running' ? 0 : 5 };
  return { kind: 'step', report: { stepId: 3, status, exitCode: 0, error: '', ...times } };
}

function pieceOf(offset: number, text: string): [ReportHead, Buffer] {
  const bytes = Buffer.from(text);
  return [{ kind: 'log', stepId: 3, offset, checksum: crc32(bytes), marks: [] }, bytes];
}

/** A server that does what it is told with each delivery, and keeps what it has taken. */
function scripted(answers: ((reports: readonly Frame[]) => DeliveryReply | Error)[] = []) {
  const taken: { readonly head: ReportHead; readonly text: string; readonly isLate: boolean }[] = [];
  const deliver: RunnerClient['deliver'] = async (_lease, reports, isLate) => {
    const answer = answers.shift()?.(reports) ?? { done: reports.length };
    if (answer instanceof Error) throw answer;
    for (const { head, data } of reports.slice(0, answer.done)) {
      taken.push({ head: head as ReportHead, text: Buffer.from(data).toString(), isLate });
    }
    return answer;
  };
  return { taken, deliver };
}

/** The last thing that was taken, which is the end of the stage. */
function endOf(taken: readonly { readonly head: ReportHead }[]) {
  const head = taken.at(-1)?.head;
  return head?.kind === 'finish' ? head.report : undefined;
}

function problem(code: string, status = 409) {
  return { status, code, message: `no: ${code}` };
}

describe('a spool', () => {
  const checks = createRunnerChecks();
  let folder: string;
  let ending: AbortController;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sortie-spool-'));
    ending = new AbortController();
  });
  afterEach(async () => {
    ending.abort(new Error('the test is over'));
    await rm(folder, { recursive: true, force: true });
  });

  function depsFor(deliver: RunnerClient['deliver'], more: Partial<RunnerClient> = {}) {
    const nothing = () => undefined;
    const refused = () => Promise.reject(new Error('not in this test'));
    const calls = { hello: refused, request: refused, watch: refused, begin: refused };
    return {
      client: { ...calls, heartbeat: async () => ({ isCancelled: false }), deliver, ...more },
      checks,
      clock: systemClock(),
      folder,
      random: () => 0,
      sleep: (_ms: number, signal: AbortSignal) => delay(1, undefined, { signal }),
      log: { info: nothing, warn: nothing, error: nothing },
      signal: ending.signal,
    };
  }

  async function open(deliver: RunnerClient['deliver']) {
    const { journal } = await openJournal(spoolPath(folder, LEASE));
    if (journal.size === 0) await journal.append({ kind: 'open', lease: LEASE, heartbeatMs: 60_000 });
    return openStageSpool(depsFor(deliver), LEASE, journal);
  }

  it('sends everything once and in order through failures of the way and of the server', async () => {
    const { taken, deliver } = scripted([
      () => new Error('socket hang up'),
      () => ({ done: 1, problem: problem('disk-full', 503) }),
      () => new Error('socket hang up'),
    ]);
    const spool = await open(deliver);
    await spool.add(stepOf('running'));
    await spool.add(...pieceOf(0, 'abc'));
    await spool.add(...pieceOf(3, 'def'));
    await spool.add({ kind: 'close', stepId: 3, size: 6, checksum: 1 });
    await spool.add(stepOf('success'));
    await spool.add({ kind: 'finish', report: { ...END, steps: [] } });
    await spool.drained();
    spool.finish();
    await spool.ended;
    assert.deepEqual(
      taken.map(({ head, text }) => `${head.kind} ${text}`.trim()),
      ['step', 'log abc', 'log def', 'close', 'step', 'finish'],
    );
    assert.deepEqual(await readdir(folder), []);
  });

  it('sends megabytes in deliveries of bounded size, whole, also when some are repeated', async () => {
    const sizes: number[] = [];
    const note = (reports: readonly Frame[]): number => {
      sizes.push(reports.reduce((sum, { data }) => sum + data.length, 0));
      return reports.length;
    };
    const { taken, deliver } = scripted([
      (reports) => ({ done: note(reports) }),
      (reports) => new Error(`the way is cut at ${note(reports)}`),
      (reports) => ({ done: Math.min(1, note(reports)), problem: problem('disk-full', 503) }),
    ]);
    const spool = await open(deliver);
    let text = '';
    for (let piece = 0; piece < 24; piece += 1) {
      const part = String(piece % 10).repeat(200_000 + piece);
      await spool.add(...pieceOf(text.length, part));
      text += part;
    }
    await spool.drained();
    assert.equal(taken.map((one) => one.text).join(''), text);
    assert.ok(sizes.every((size) => size > 0 && size <= 2 ** 20));
  });

  it('sends from the beginning when the server has lost the end of a log', async () => {
    const { taken, deliver } = scripted([
      (reports) => ({ done: reports.length }),
      () => ({ done: 0, problem: problem('log-gap') }),
    ]);
    const spool = await open(deliver);
    await spool.add(...pieceOf(0, 'abc'));
    await spool.drained();
    await spool.add(...pieceOf(3, 'def'));
    await spool.drained();
    assert.deepEqual(
      taken.map(({ text }) => text),
      ['abc', 'abc', 'def'],
    );
  });

  it('does not call a stage a success of which the server has refused a part', async () => {
    const { taken, deliver } = scripted([() => ({ done: 0, problem: problem('log-checksum', 400) })]);
    const spool = await open(deliver);
    await spool.add(...pieceOf(0, 'abc'));
    await spool.add({ kind: 'finish', report: { ...END, steps: [] } });
    await spool.drained();
    const end = endOf(taken);
    assert.equal(end?.status, 'error');
    assert.match(end?.error ?? '', /refused a part.*no: log-checksum/);
  });

  it('gives a stage up that is somebody else’s; the rest of its logs is sent all the same', async () => {
    const { taken, deliver } = scripted([() => ({ done: 0, problem: problem('lease-lost') })]);
    const spool = await open(deliver);
    await spool.add(stepOf('running'));
    await spool.add(...pieceOf(0, 'abc')).catch(() => undefined);
    await assert.rejects(spool.drained(), { code: 'lease-lost' });
    await spool.ended;
    await assert.rejects(spool.add(stepOf('success')), { code: 'lease-lost' });
    assert.ok(taken.every(({ head, isLate }) => isLate && head.kind === 'log'));
    assert.deepEqual(await readdir(folder), []);
  });

  it('stays on the disk when the process has to end, and the next process reports it', async () => {
    const away = await open(() => Promise.reject(new Error('the server is away')));
    await away.add({ kind: 'begun', stepIds: [3, 4] });
    await away.add(stepOf('running'));
    await away.add(...pieceOf(0, 'no newline'));
    ending.abort(new Error('killed'));
    await away.ended;
    ending = new AbortController();
    const { taken, deliver } = scripted();
    const [left, ...others] = await findLeftStages(depsFor(deliver), folder);
    assert.ok(left !== undefined && others.length === 0);
    assert.deepEqual(left.lease, LEASE);
    await left.resume();
    const log = taken.map(({ text }) => text).join('');
    assert.equal(log, 'no newline\n[runner lost: the log ends here]\n');
    const end = endOf(taken);
    const words = [end?.status, end?.error, end?.steps.map(({ stepId, reason }) => [stepId, reason])];
    assert.deepEqual(words, ['error', 'runner lost', [[3, 'runner-lost']]]);
    assert.deepEqual(await readdir(folder), []);
  });

  it('is forgotten when no step had begun: the server gives the stage to somebody else', async () => {
    const spool = await open(scripted().deliver);
    await spool.add({ kind: 'begun', stepIds: [3] });
    ending.abort(new Error('killed'));
    await spool.ended;
    ending = new AbortController();
    assert.deepEqual(await findLeftStages(depsFor(scripted().deliver), folder), []);
    assert.deepEqual(await readdir(folder), []);
  });

  it('is left alone when it is a link or a folder, and keeps no other from being reported', async () => {
    const victim = join(folder, 'precious');
    await writeFile(victim, 'what a step of somebody else needs');
    await symlink(victim, spoolPath(folder, { ...LEASE, stageId: 0 }));
    await symlink(join(folder, 'nowhere'), spoolPath(folder, { ...LEASE, stageId: 9 }));
    await mkdir(spoolPath(folder, { ...LEASE, fence: 8 }));
    const away = await open(() => Promise.reject(new Error('the server is away')));
    await away.add({ kind: 'begun', stepIds: [3] });
    await away.add(stepOf('running'));
    ending.abort(new Error('killed'));
    await away.ended;
    ending = new AbortController();
    const left = await findLeftStages(depsFor(scripted().deliver), folder);
    assert.deepEqual(
      left.map(({ lease }) => lease),
      [LEASE],
    );
    assert.equal(await readFile(victim, 'utf8'), 'what a step of somebody else needs');
    assert.ok(!(await readdir(folder)).includes('nowhere'));
    await Promise.all(left.map((stage) => stage.resume()));
  });

  it('is reported once when there is a copy of it, and not as the stage of another name', async () => {
    const away = await open(() => Promise.reject(new Error('the server is away')));
    await away.add({ kind: 'begun', stepIds: [3] });
    await away.add(stepOf('running'));
    ending.abort(new Error('killed'));
    await away.ended;
    ending = new AbortController();
    await copyFile(spoolPath(folder, LEASE), spoolPath(folder, { ...LEASE, stageId: 2 }));
    const left = await findLeftStages(depsFor(scripted().deliver), folder);
    assert.deepEqual(
      left.map(({ lease }) => lease),
      [LEASE],
    );
    assert.equal((await readdir(folder)).length, 1);
    await Promise.all(left.map((stage) => stage.resume()));
  });

  it('that cannot be made on a full disk ends its stage with the reason before it begins', async () => {
    await symlink('/dev/full', spoolPath(folder, LEASE));
    const { taken, deliver } = scripted();
    const assignment = { lease: LEASE, heartbeatMs: 60_000 };
    const request = async () => assignment as never;
    const waits: number[] = [];
    const sleep = async (ms: number) => void waits.push(ms);
    const service = createSpooledService({ ...depsFor(deliver, { request }), sleep });
    const ask = () => service.request({} as never, { waitMs: 0, signal: ending.signal });
    await ask();
    await assert.rejects(service.begin(LEASE, []), { code: 'lease-lost' });
    const end = endOf(taken);
    assert.equal(end?.status, 'error');
    assert.match(end?.error ?? '', /the disk of .* is full\. Free some space/);
    assert.deepEqual(await readdir(folder), []);
    // Others have time to take what it would end as well.
    assert.deepEqual(waits, []);
    await ask();
    assert.deepEqual(waits, [10_000]);
  });

  it('refuses a log on a full disk, which makes the step an error; what became of the stage arrives past the disk', async () => {
    const { journal } = await openJournal('/dev/full');
    const { taken, deliver } = scripted();
    const spool = openStageSpool(depsFor(deliver), LEASE, journal);
    await assert.rejects(spool.add(...pieceOf(0, 'abc')), { code: 'disk-full', status: 503 });
    await spool.sendNow({ kind: 'finish', report: { ...END, status: 'error', steps: [] } });
    assert.deepEqual(
      taken.map(({ head }) => head.kind),
      ['finish'],
    );
  });
});
