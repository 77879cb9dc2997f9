import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineContract, type StepBehaviour } from '@sortie/testing/engine-contract';
import { TEST_IMAGE } from '@sortie/testing/test-image';
import { openDocker } from './client.ts';
import { DockerEngine } from './engine.ts';
import { OWNER_LABEL } from './object-name.ts';

engineContract('docker', async () => {
  const tempDirectory = await mkdtemp(join(tmpdir(), 'sortie-docker-'));
  const owner = `contract-${process.pid}`;
  return {
    engine: new DockerEngine({ owner, tempDirectory, git: { path: '/usr/bin:/bin' } }),
    stepFor: (behaviour) => ({ image: TEST_IMAGE, ...programOf(behaviour) }),
    traces: () => listTraces(owner),
    dispose: () => rm(tempDirectory, { recursive: true, force: true }),
  };
});

function programOf(behaviour: StepBehaviour): { script: string } | { entrypoint: readonly string[] } {
  if (behaviour.cannotStart === true) return { entrypoint: ['/no/such/program'] };
  const lines = [
    ...(behaviour.ignoresTerm === true ? ["trap '' TERM"] : []),
    ...(behaviour.prints === undefined ? [] : [`printf '%s' '${behaviour.prints}'`]),
    ...(behaviour.printsGreeting === true ? ['echo "$GREETING"'] : []),
    ...(behaviour.isEndless === true ? ['while :; do sleep 1; done'] : []),
    ...(behaviour.exits === undefined ? [] : [`exit ${behaviour.exits}`]),
  ];
  return { script: lines.join('\n') };
}

async function listTraces(owner: string): Promise<readonly string[]> {
  const docker = await openDocker({});
  const filters = { label: [`${OWNER_LABEL}=${owner}`] };
  const [containers, volumes, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listVolumes({ filters }),
    docker.listNetworks({ filters }),
  ]);
  assert.ok(Array.isArray(containers));
  return [
    ...containers.map(({ Id }) => Id),
    ...volumes.Volumes.map(({ Name }) => Name),
    ...networks.map(({ Name }) => Name),
  ];
}
