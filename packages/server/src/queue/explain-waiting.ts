import type { ApprovalReason } from '@sortie/core/approval';
import type { Repo } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import type { Status } from '@sortie/core/status';
import { explainWaiting, type KnownRunner, type SlotHolder, type WaitingReason } from '@sortie/core/waiting';
import { findApprovalReason } from '../store/approvals.ts';
import type { Db } from '../store/db.ts';
import { listLeasedStages, listOpenStages, type PlacedStage } from '../store/open-stages.ts';
import { listRunners } from '../store/runners.ts';
import { isQueuePaused } from './pause.ts';
import { listReaches } from './reachable-repos.ts';

export interface ExplainWaitingDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
  /** Loads which repositories the reader may know of; asked only when a stage waits. */
  readonly loadReadable: () => Promise<(repo: Pick<Repo, 'id' | 'visibility'>) => boolean>;
}

/** The reasons of each stage that waits, by its id. */
export type WaitingByStage = ReadonlyMap<number, readonly WaitingReason[]>;

const WAITING: ReadonlySet<Status> = new Set(['pending', 'blocked', 'waiting_on_dependencies']);
const NOTHING: WaitingByStage = new Map();

/** Why the stages of one build have not begun. Reads nothing unless one of them waits. */
export async function explainBuild(
  deps: ExplainWaitingDeps,
  stages: readonly Stage[],
): Promise<WaitingByStage> {
  const waiting = stages.filter((stage) => WAITING.has(stage.status));
  const [first] = waiting;
  if (first === undefined) return NOTHING;
  const isBlocked = waiting.some((stage) => stage.status === 'blocked');
  const approval = isBlocked ? await findApprovalReason(deps.db, first.buildId) : undefined;
  const isBounded = waiting.some((stage) => stage.limit > 0 || stage.throttle > 0);
  const open = isBounded ? await listOpenStages(deps.db, { repoId: first.repoId }) : [];
  return explain({ ...(await loadScene(deps, open)), approval }, waiting, stages);
}

/** So many stages of the queue are explained; those behind them wait for those. */
const MAX_EXPLAINED = 500;

/** Why the oldest pending stages of the whole queue have not begun; `open` is `listOpenStages`. */
export async function explainQueue(
  deps: ExplainWaitingDeps,
  open: readonly PlacedStage[],
): Promise<WaitingByStage> {
  const waiting = open.filter((stage) => stage.status === 'pending').slice(0, MAX_EXPLAINED);
  if (waiting.length === 0) return NOTHING;
  return explain(await loadScene(deps, open), waiting, []);
}

/** What the queue looks at, apart from the stage itself. */
interface Scene {
  readonly now: number;
  readonly isPaused: boolean;
  /** Why the blocked stages of the one build wait. */
  readonly approval?: ApprovalReason | undefined;
  readonly runners: readonly KnownRunner[];
  /** Name of the holder, by id of the stage. */
  readonly runnerOf: ReadonlyMap<number, string>;
  /** Open stages by repository and name, and those that are in a runner's hands by repository; oldest first. */
  readonly named: ReadonlyMap<string, readonly PlacedStage[]>;
  readonly held: ReadonlyMap<number, readonly PlacedStage[]>;
  readonly toHolder: (stage: PlacedStage) => SlotHolder;
}

async function loadScene(deps: ExplainWaitingDeps, open: readonly PlacedStage[]): Promise<Scene> {
  const leased = await listLeasedStages(deps.db);
  const mayRead = await deps.loadReadable();
  const toHolder = (stage: PlacedStage): SlotHolder => {
    const runner = stage.leaseRunner || stage.machine;
    if (!mayRead(stage.repo)) return { repo: 'another repository', runner };
    return { repo: stage.repo.slug, build: stage.buildNumber, stage: stage.name, runner };
  };
  const held = Map.groupBy(leased, (stage) => stage.leaseRunner);
  const reaches = await listReaches(deps.db);
  const runners = (await listRunners(deps.db)).map((runner) => {
    const reach = reaches.get(runner.name);
    const holders = (held.get(runner.name) ?? []).map(toHolder);
    return { ...runner, holders, ...(reach === undefined ? {} : { reach }) };
  });
  return {
    now: deps.now(),
    isPaused: await isQueuePaused(deps.db),
    runners,
    runnerOf: new Map(leased.map((stage) => [stage.id, stage.leaseRunner])),
    named: Map.groupBy(open, nameKey),
    held: Map.groupBy(open.filter(isInHands), (stage) => stage.repoId),
    toHolder,
  };
}

function explain(scene: Scene, waiting: readonly Stage[], siblings: readonly Stage[]): WaitingByStage {
  return new Map(
    waiting.map((stage) => [
      stage.id,
      explainWaiting({
        stage,
        runner: scene.runnerOf.get(stage.id) ?? '',
        isQueuePaused: scene.isPaused,
        approval: scene.approval,
        siblings,
        limitHolders: limitHolders(scene, stage),
        throttleHolders: throttleHolders(scene, stage),
        runners: scene.runners,
        now: scene.now,
      }),
    ]),
  );
}

/** As the claim counts them: older ones count although they wait. */
function limitHolders(scene: Scene, stage: Stage): readonly SlotHolder[] {
  const counts = (other: PlacedStage) => other.id < stage.id || isInHands(other);
  return firstHolders(scene, scene.named.get(nameKey(stage)), stage, { enough: stage.limit, counts });
}

/** As the claim counts them: what waits does not count. */
function throttleHolders(scene: Scene, stage: Stage): readonly SlotHolder[] {
  return firstHolders(scene, scene.held.get(stage.repoId), stage, {
    enough: stage.throttle,
    counts: isInHands,
  });
}

/** Stops as soon as the room is taken: the queue may be long. */
function firstHolders(
  scene: Scene,
  others: readonly PlacedStage[] | undefined,
  stage: Stage,
  { enough, counts }: { readonly enough: number; readonly counts: (other: PlacedStage) => boolean },
): readonly SlotHolder[] {
  const holders: SlotHolder[] = [];
  for (const other of others ?? []) {
    if (holders.length >= enough) break;
    if (other.id !== stage.id && counts(other)) holders.push(scene.toHolder(other));
  }
  return holders;
}

function isInHands(stage: PlacedStage): boolean {
  return stage.status === 'running' || stage.leaseRunner !== '';
}

/** Those with the same key count together for a limit. */
function nameKey({ repoId, name, limitGroup = '' }: Pick<Stage, 'repoId' | 'name' | 'limitGroup'>): string {
  return limitGroup === '' ? `${repoId} name ${name}` : `${repoId} group ${limitGroup}`;
}
