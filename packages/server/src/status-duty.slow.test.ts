import assert from 'node:assert/strict';
import { test } from 'node:test';
import { becomes } from '@sortie/testing/becomes';
import { TIP } from '@sortie/testing/fake-forge-state';
import { CI, openReportingWorld } from './services/status-world.fixture.ts';
import { startStatusDuty } from './status-duty.ts';

test('[scm C9] a running server tells a Git service of a build by itself, and stops when it is told to', async (t) => {
  const world = await openReportingWorld(t, 'gitea');
  const { db, now, service, broker } = world;
  const services = {
    ...{ all: [service], broker, require: () => service, byName: () => service },
    find: (id: number) => (id === service.connection.id ? service : undefined),
  };
  const statuses = { isEnabled: true, name: 'ci', hasPipelines: true, commentsOnGogs: false };
  const log = { warn: fail, error: fail };
  const stop = startStatusDuty({ ...{ db, now, services, log, publicUrl: CI }, config: { statuses } });
  try {
    await world.start(undefined, { in: world.repo, build: { after: TIP } });
    await becomes(() => world.seen().length, 2);
  } finally {
    await stop();
  }
  assert.deepEqual(
    world.seen().map(({ label }) => label),
    ['ci/push', 'ci/push/default'],
  );
});

function fail(fields: Readonly<Record<string, unknown>>, message: string): void {
  assert.fail(`${message} ${JSON.stringify(fields)}`);
}
