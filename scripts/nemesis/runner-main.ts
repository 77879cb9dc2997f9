/** A `sortie runner` that has the `dummy` engine too: no other entry has it, since what it runs is nothing. */
import { openEngines } from '@sortie/sortie/engines';
import { runRemotely } from '@sortie/sortie/remote-runner';
import { createPacedEngine, PACED_TYPE } from './paced-engine.ts';

await runRemotely((config) => {
  const ledger = config.runner.environ.NEMESIS_LEDGER ?? '';
  return new Map([...openEngines(config), [PACED_TYPE, createPacedEngine(ledger)]]);
});
