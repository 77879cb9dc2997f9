import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { canMove, isDone } from '@sortie/core/status';
import type { Step } from '@sortie/core/step';
import { cancel } from '@sortie/testing/queue-views';
import fc from 'fast-check';
import { type ClockWatch, createClockWatch } from '../services/clock-watch.ts';
import { SWEEP_DEFAULTS, sweep } from '../services/sweep.ts';
import { findBuildById } from '../store/builds.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { findStageById, listStages } from '../store/stages.ts';
import {
  type Answer,
  aScriptedRunner,
  aWireStep,
  createRpcWorld,
  DOCKER,
  type RpcWorld,
  type ScriptedRunner,
} from './rpc-world.fixture.ts';

/** More with SORTIE_TEST_RUNS=10000. */
const RUNS = Number(process.env.SORTIE_TEST_RUNS ?? 100);

/** One process of a runner and what it believes. The first two are one machine that has started twice. */
interface Process {
  readonly runner: ScriptedRunner;
  stage: Answer['body'];
  step: Answer['body'];
  /** Its last write, to be sent again. */
  last: (() => Promise<Answer>) | undefined;
}

interface Scene {
  readonly world: RpcWorld;
  readonly buildId: number;
  readonly stageId: number;
  readonly processes: readonly Process[];
  /** Which processes have been let begin, by attempt. */
  readonly began: Map<number, Set<Process>>;
}

const WORDS = ['success', 'failure', 'error', 'killed', 'skipped'] as const;
type Word = (typeof WORDS)[number];

/** What may happen, in any order; each does nothing where it makes no sense. */
const MOVES: Readonly<Record<string, (scene: Scene, process: Process, word: Word) => Promise<unknown>>> = {
  poll: (_scene, { runner }) => runner.poll(DOCKER),
  async accept({ stageId }, process) {
    const answer = await process.runner.accept(stageId);
    if (answer.status === 200) process.stage = answer.body;
  },
  details: ({ stageId }, { runner }) => runner.details(stageId),
  ping: (_scene, { runner }) => runner.ping(),
  watch: ({ buildId }, { runner }) => runner.watch(buildId),
  async begin(scene, process) {
    const { stage, runner } = process;
    if (stage === undefined) return;
    const steps = [aWireStep(scene.stageId, 1), aWireStep(scene.stageId, 2)];
    const write = async () => {
      const answer = await runner.putStage(scene.stageId, { ...stage, status: 'running', steps });
      if (answer.status === 200) await noteBegun(scene, process);
      return answer;
    };
    await report(process, write, ({ body }) => {
      process.stage = body;
      process.step = body.steps[0];
    });
  },
  async runStep(_scene, process) {
    const { step, runner } = process;
    if (step === undefined) return;
    const write = () => runner.putStep(step.id, { ...step, status: 'running' });
    await report(process, write, ({ body }) => {
      process.step = body;
    });
  },
  async endStep(_scene, process, word) {
    const { step, runner } = process;
    if (step === undefined) return;
    await report(
      process,
      () => runner.putStep(step.id, { ...step, status: word }),
      ({ body }) => {
        process.step = body;
      },
    );
  },
  async end(scene, process, word) {
    const { stage, runner } = process;
    if (stage === undefined) return;
    const write = () => runner.putStage(scene.stageId, { ...stage, status: word, steps: [] });
    await report(process, write, ({ body }) => assert.equal(body.status, word));
  },
  repeat: async (_scene, process) => process.last?.(),
  cancel: ({ world, buildId }) => cancel(world, buildId),
  wait: async () => pass(40_000),
  waitLong: async () => pass(200_000),
  putForward: async ({ world }) => world.advance(3_600_000),
  putBack: async ({ world }) => world.advance(-3_600_000),
  sweep: () => tidy(),
};

async function report(
  process: Process,
  write: () => Promise<Answer>,
  onApplied: (answer: Answer) => void,
): Promise<void> {
  process.last = write;
  const answer = await write();
  assert.ok([200, 400, 409].includes(answer.status), `${answer.status} ${answer.text}`);
  if (answer.status === 200) onApplied(answer);
}

async function noteBegun({ world, stageId, began }: Scene, process: Process): Promise<void> {
  const attempt = (await findStageById(world.db, stageId))?.attempt ?? 0;
  const known = began.get(attempt) ?? new Set();
  began.set(attempt, known.add(process));
}

interface Seen {
  readonly stage: LeasedStage;
  readonly steps: ReadonlyMap<number, Step['status']>;
  readonly build: string;
}

async function look({ world, stageId, buildId }: Scene): Promise<Seen> {
  const stage = await findStageById(world.db, stageId);
  const rows = await world.db
    .selectFrom('steps')
    .select(['id', 'status'])
    .where('stage_id', '=', stageId)
    .execute();
  const build = await findBuildById(world.db, buildId);
  if (stage === undefined || build === undefined) throw new Error('the build is gone');
  return { stage, build: build.status, steps: new Map(rows.map(({ id, status }) => [id, status])) };
}

function check(scene: Scene, before: Seen, now: Seen): void {
  for (const processes of scene.began.values())
    assert.ok(processes.size <= 1, 'two processes began one attempt');
  const [from, to] = [before.stage, now.stage];
  assert.ok(to.version >= from.version && to.fence >= from.fence && to.attempt >= from.attempt);
  const isSame = to.attempt === from.attempt && to.status === from.status;
  const isRequeued = to.attempt === from.attempt + 1 && !isDone(from.status) && to.status === 'pending';
  assert.ok(
    isSame || isRequeued || canMove('stage', from.status, to.status),
    `${from.status} → ${to.status}`,
  );
  for (const [id, status] of before.steps) {
    const next = now.steps.get(id) ?? 'skipped';
    assert.ok(status === next || canMove('step', status, next), `step ${status} → ${next}`);
  }
  assert.ok(
    !isDone(before.build as Step['status']) || now.build === before.build,
    'a finished build changed',
  );
  assert.equal(isDone(now.build as Step['status']), isDone(to.status), 'build and stage disagree');
}

let world: RpcWorld;
let clock: ClockWatch;
let elapsedMs = 0;
const tidy = () => clock.run((jumps) => sweep(world, { ...SWEEP_DEFAULTS, jumps }));

/** Time goes on, which is more than what the clock shows. */
function pass(ms: number): void {
  world.advance(ms);
  elapsedMs += ms;
}

before(async () => {
  world = await createRpcWorld({
    env: { SORTIE_RPC_POLL: '1ms', SORTIE_RPC_WATCH: '1ms', SORTIE_RATE_LIMIT_FAILURES: '0' },
  });
  clock = createClockWatch({
    ...{ db: world.db, nowMs: world.nowMs, elapsedMs: () => elapsedMs, everyMs: 60_000 },
    leaseMs: { '': 90_000, runner: 90_000, rpc: 180_000, 'rpc-offer': 15_000 },
  });
});
after(() => world.close());

/** So that most runs get somewhere. */
const FREQUENT = ['accept', 'accept', 'begin', 'begin', 'runStep', 'endStep', 'end', 'repeat'];

const move = fc.record({
  name: fc.constantFrom(...Object.keys(MOVES), ...FREQUENT),
  process: fc.constantFrom(0, 0, 1, 1, 2),
  word: fc.constantFrom(...WORDS),
});

const rest = fc.array(move, { minLength: 2, maxLength: 20 });

type Move = readonly [name: string, process: number];

/** Where runs begin, so that they soon come to what is worth trying. */
const OPENINGS: readonly (readonly Move[])[] = [
  [],
  [
    ['accept', 0],
    ['accept', 1],
  ],
  [
    ['poll', 0],
    ['accept', 0],
    ['begin', 0],
  ],
  [
    ['accept', 1],
    ['begin', 1],
    ['runStep', 1],
  ],
];

test(`[W 1] [W 3] [W 4] [W 6] in whatever order two runners call, fail, repeat and are cancelled, and the clock is put forward and back, an attempt has one holder and an end stays`, async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...OPENINGS), rest, async (opening, moves) => {
      const scene = await open();
      let seen = await look(scene);
      const first = opening.map(([name, process]) => ({ name, process, word: 'success' as const }));
      for (const { name, process, word } of [...first, ...moves]) {
        const actor = scene.processes[process];
        if (actor !== undefined) await MOVES[name]?.(scene, actor, word);
        const now = await look(scene);
        check(scene, seen, now);
        seen = now;
      }
      await leaveAlone(scene);
    }),
    { numRuns: RUNS, seed: 6 },
  );
});

async function open(): Promise<Scene> {
  const { build } = await world.start();
  const [stage] = await listStages(world.db, build.id);
  const machines = [
    { machine: 'a', address: '10.0.0.1' },
    { machine: 'a', address: '10.0.0.1' },
    { machine: 'b', address: '10.0.0.2' },
  ];
  const processes = machines.map((machine) => ({
    runner: aScriptedRunner(world, machine),
    stage: undefined,
    step: undefined,
    last: undefined,
  }));
  return { world, buildId: build.id, stageId: stage?.id ?? 0, processes, began: new Map() };
}

/** Whatever has happened: with nobody there the stage is free or has ended soon after, and a cancel ends the rest. */
async function leaveAlone(scene: Scene): Promise<void> {
  for (let minute = 0; minute < 5; minute += 1) {
    pass(60_000);
    await tidy();
  }
  const { stage } = await look(scene);
  assert.equal(stage.leaseRunner, '');
  assert.ok(stage.status === 'pending' || isDone(stage.status), stage.status);
  await cancel(world, scene.buildId);
  assert.ok(isDone((await look(scene)).stage.status));
}
