import { engineContract, type StepBehaviour } from '@sortie/testing/engine-contract';
import { DummyEngine } from './engine.ts';

engineContract('dummy', async () => {
  const engine = new DummyEngine();
  return {
    engine,
    stepFor: (behaviour) => ({ environment: environmentOf(behaviour) }),
    traces: async () => engine.liveStages,
    dispose: async () => undefined,
  };
});

function environmentOf(behaviour: StepBehaviour): Record<string, string> {
  return {
    ...(behaviour.prints === undefined ? {} : { DUMMY_OUTPUT: behaviour.prints }),
    ...(behaviour.printsGreeting === true ? { DUMMY_PRINT: 'GREETING' } : {}),
    ...(behaviour.exits === undefined ? {} : { DUMMY_EXIT: String(behaviour.exits) }),
    ...(behaviour.isEndless === true ? { DUMMY_WAIT_FOR: 'never' } : {}),
    ...(behaviour.ignoresTerm === true ? { DUMMY_IGNORE_TERM: 'true' } : {}),
    ...(behaviour.cannotStart === true ? { DUMMY_FAIL_START: 'no such program' } : {}),
  };
}
