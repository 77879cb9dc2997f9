import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineContract, type StepBehaviour } from '@sortie/testing/engine-contract';
import { ExecEngine } from './engine.ts';

engineContract('exec', async () => {
  const base = await mkdtemp(join(tmpdir(), 'sortie-exec-'));
  return {
    engine: new ExecEngine({ base, owner: 'contract', path: '/usr/bin:/bin', user: 'tester' }),
    stepFor: (behaviour) => (behaviour.cannotStart === true ? {} : { script: scriptOf(behaviour) }),
    traces: () => readdir(base),
    dispose: () => rm(base, { recursive: true, force: true }),
  };
});

function scriptOf(behaviour: StepBehaviour): string {
  const lines = [
    ...(behaviour.ignoresTerm === true ? ["trap '' TERM"] : []),
    ...(behaviour.prints === undefined ? [] : [`printf '%s' '${behaviour.prints}'`]),
    ...(behaviour.printsGreeting === true ? ['echo "$GREETING"'] : []),
    ...(behaviour.isEndless === true ? ['while :; do sleep 1; done'] : []),
    ...(behaviour.exits === undefined ? [] : [`exit ${behaviour.exits}`]),
  ];
  return lines.join('\n');
}
