import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Build } from './drive.ts';
import type { History } from './history.ts';
import { judgeStage, type Stage } from './judge-stage.ts';
import type { DoneFault } from './member.ts';

const HOUR_S = 3600;
const FULL =
  'The runner cannot keep what happens: the disk of /x/runner/spool/1-1-1.spool is full. Free some.';

/** The build was there from second 1000 to second 1100. */
function historyOf(...faults: readonly DoneFault[]): History {
  const sightings = { lifeOf: () => ({ fromMs: 1_000_000, toMs: 1_100_000 }) };
  const none = { requested: 1, pushed: 0, cancelled: new Set<number>(), shot: new Set<number>() };
  return { ...none, faults, sightings, ledger: [] };
}

function fault(kind: DoneFault['kind'], target: string, from: number, to: number): DoneFault {
  return { kind, target, fromMs: from * 1000, toMs: to * 1000 };
}

function judge(stage: Partial<Stage>, ...faults: readonly DoneFault[]): string {
  const whole = { name: 'default', machine: 'one', started: 1010, stopped: 1020, steps: [], ...stage };
  const { name, problem } = judgeStage(
    historyOf(...faults),
    { number: 1 } as Build,
    whole as unknown as Stage,
  );
  return problem === undefined ? name : `wrong: ${name}`;
}

describe('a stage that was lost with its runner', () => {
  const lost = { status: 'error', error: 'runner lost' } as const;
  it('is right when its runner was killed or paused meanwhile', () => {
    assert.equal(judge(lost, fault('kill', 'one', 1012, 1013)), 'lost');
    assert.equal(judge(lost, fault('pause', 'one', 1012, 1013)), 'lost');
  });
  it('is wrong when that happened to another one, or at another time', () => {
    assert.equal(judge(lost, fault('kill', 'two', 1012, 1013)), 'wrong: error');
    assert.equal(judge(lost, fault('kill', 'one', 1040, 1050)), 'wrong: error');
  });
  it('is wrong when only a clock has jumped or a disk was full', () => {
    assert.equal(judge(lost, fault('clock', 'server', 1010, 1020)), 'wrong: error');
    assert.equal(judge(lost, fault('disk', 'one', 1010, 1020)), 'wrong: error');
  });
  it('is judged by the life of its build when a clock was wrong, since its times mean nothing then', () => {
    const ahead = { ...lost, started: 1010 + HOUR_S, stopped: 1020 + HOUR_S };
    const killed = fault('kill', 'one', 1012, 1013);
    assert.equal(judge(ahead, killed), 'wrong: error');
    assert.equal(judge(ahead, killed, fault('clock', 'server', 1005, 1050)), 'lost');
    assert.equal(judge(ahead, killed, fault('clock', 'two', 1005, 1050)), 'wrong: error');
    assert.equal(
      judge(ahead, fault('kill', 'one', 1200, 1201), fault('clock', 'one', 1005, 1050)),
      'wrong: error',
    );
  });
});

describe('a stage that found no room', () => {
  const full = { status: 'error', error: FULL } as const;
  const begun = { ...full, steps: [{ started: 1011 }] } as unknown as Partial<Stage>;
  it('is right when the disk of its runner was full and nothing had begun', () => {
    assert.equal(judge(full, fault('disk', 'one', 1018, 1022)), 'no room');
    assert.equal(judge(full), 'wrong: error');
    assert.equal(judge(full, fault('disk', 'two', 1018, 1022)), 'wrong: error');
  });
  it('is wrong after its beginning, unless the disk stayed full for as long as a runner tries', () => {
    assert.equal(judge(begun, fault('disk', 'one', 1018, 1026)), 'wrong: error');
    assert.equal(judge(begun, fault('disk', 'one', 1018, 1098)), 'no more room');
  });
});

it('a stage that nobody cancelled is not killed', () => {
  assert.equal(judge({ status: 'killed' }), 'wrong: killed');
  assert.equal(judge({ status: 'success' }), 'success');
});
