import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { diagnose } from './doctor.ts';

test('a PostgreSQL that takes connections and says nothing is given up, and its password is not told', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-doctor-'));
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => void silent.close());
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const found = await diagnose({
    env: {
      SORTIE_DATA: folder,
      DRONE_SERVER_HOST: '127.0.0.1:9',
      DRONE_DATABASE_DRIVER: 'postgres',
      DRONE_DATABASE_DATASOURCE: `postgres://ci:S3cr3tPass@127.0.0.1:${port}/ci?sslmode=disable`,
    },
    readFile: () => '',
    searchPath: process.env.PATH ?? '',
    nowMs: () => Date.now(),
    checkEngines: async () => [],
  });
  const text = JSON.stringify(found);
  assert.ok(
    found.some(({ check, state }) => check === 'database' && state === 'fail'),
    text,
  );
  assert.ok(!text.includes('S3cr3tPass'));
});
