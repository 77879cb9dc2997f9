import { servesRepo, servesStage } from '@sortie/core/runner-token';
import { isDone } from '@sortie/core/status';
import { type Asked, createGather } from '../queue/gather.ts';
import { acceptPlainOffers, lockPlainOffers, type OpenOffer } from '../store/acceptances.ts';
import { inTransaction, type Tx } from '../store/db.ts';
import { renameRunner } from '../store/runners.ts';
import type { LeasedStage } from '../store/stage-rows.ts';
import { type Acceptance, type AcceptDeps, acceptOffer, requireMachine } from './accept-stage.ts';
import { registrarOf } from './registrar.ts';
import { registerMachines } from './registry.ts';

/** Takes a stage for a runner. Throws `invalid-request`, `not-found`, `lease-lost`. */
export type Acceptances = (input: Acceptance) => Promise<LeasedStage>;

/** So many are written in one transaction. */
const MOST = 100;

/**
 * Acceptances that come together are written together where nothing is special about them. All others, and each one
 * if that fails, go by themselves as if they had come alone (`acceptOffer`).
 */
export function createAcceptances(deps: AcceptDeps): Acceptances {
  const again = createGather<Acceptance, LeasedStage>(MOST, async (asked) => {
    for (const { input, answer } of await answerPlain(deps, asked)) answer(acceptOffer(deps, input));
  });
  const gather = createGather<Acceptance, LeasedStage>(MOST, async (asked) => {
    const firsts = new Map<string, Promise<LeasedStage>>();
    for (const { input, answer } of await answerPlain(deps, asked)) {
      const first = firsts.get(input.caller.key);
      const accepted =
        first === undefined
          ? acceptOffer(deps, input)
          : // With the first one the registry learns what is new; about the others nothing is special then.
            Promise.allSettled([first]).then(() => again('', input));
      answer(accepted);
      if (first === undefined) firsts.set(input.caller.key, accepted);
    }
  });
  return async (input) => {
    requireMachine(input.machine);
    return gather('', input);
  };
}

/** Returns those that it has not answered. */
async function answerPlain<One extends Asked<Acceptance, LeasedStage>>(
  deps: AcceptDeps,
  asked: readonly One[],
): Promise<readonly One[]> {
  if (asked.length === 0) return [];
  // Of two that take one stage the second one finds it taken.
  const inputs = new Map(asked.map(({ input }) => [input.stageId, input] as const).reverse());
  const accepted = await acceptPlain(deps, inputs);
  return asked.filter(({ input, answer }) => {
    const stage = accepted.get(input);
    if (stage !== undefined) answer(stage);
    return stage === undefined;
  });
}

async function acceptPlain(
  deps: AcceptDeps,
  inputs: ReadonlyMap<number, Acceptance>,
): Promise<ReadonlyMap<Acceptance, LeasedStage>> {
  try {
    const accepted = await inTransaction(deps.db, (tx) => writePlain(tx, deps, inputs));
    // The machine has a name now.
    for (const { input, offer } of accepted)
      if (!offer.isNamed) deps.registry.learn(offer.poller, input.machine);
    return new Map(accepted.map(({ input, stage }) => [input, stage]));
  } catch (error) {
    deps.log.error({ err: error, count: inputs.size }, 'stages could not be accepted together');
    return new Map();
  }
}

interface Accepted {
  readonly input: Acceptance;
  readonly offer: OpenOffer;
  readonly stage: LeasedStage;
}

async function writePlain(
  tx: Tx,
  deps: AcceptDeps,
  inputs: ReadonlyMap<number, Acceptance>,
): Promise<readonly Accepted[]> {
  const plain = (await lockPlainOffers(tx, [...inputs.values()])).flatMap((offer) => {
    const input = inputs.get(offer.stage.id);
    return input !== undefined && mayAccept(input, offer) ? [{ input, offer }] : [];
  });
  if (plain.length === 0) return [];
  const nowMs = deps.nowMs();
  const rows = plain.map(({ input, offer }) => ({
    stageId: input.stageId,
    machine: input.machine,
    fence: offer.stage.fence,
    runnerKey: input.caller.key,
  }));
  const times = { nowMs, expiresMs: nowMs + deps.settings.acceptLeaseMs };
  const stages = new Map((await acceptPlainOffers(tx, rows, times)).map((stage) => [stage.id, stage]));
  await noteMachines(tx, deps, plain);
  return plain.flatMap(({ input, offer }) => {
    const stage = stages.get(input.stageId);
    return stage === undefined ? [] : [{ input, offer, stage }];
  });
}

/** What `nameMachine` does for one: each poller gets the name of a machine, and further machines rows of their own. */
async function noteMachines(
  tx: Tx,
  deps: AcceptDeps,
  plain: readonly Pick<Accepted, 'input' | 'offer'>[],
): Promise<void> {
  const firsts = plain.filter(({ offer }) => offer.isFirst);
  const names = new Map(firsts.map(({ input, offer }) => [offer.stage.leaseRunner, input.machine]));
  for (const [poller, machine] of names) await renameRunner(tx, poller, machine);
  const machines = plain
    .filter(({ offer }) => offer.isNamed && !offer.isKnown)
    .map(({ input, offer }) => ({
      machine: input.machine,
      likeness: offer.stage.leaseRunner,
      registrar: registrarOf(deps, input.caller),
    }));
  await registerMachines(tx, machines);
}

/** Everything else is refused, or done, where each one is looked at by itself. */
function mayAccept({ caller }: Acceptance, offer: OpenOffer): boolean {
  return (
    offer.tokenId === caller.tokenId &&
    !isDone(offer.buildStatus) &&
    servesRepo(caller.scope, offer.repo) &&
    servesStage(caller.scope, offer.stage)
  );
}
