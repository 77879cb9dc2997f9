import { test } from 'node:test';
import { fuzzHook } from './hook-fuzz.fixture.ts';
import { openServicesWorld } from './hook-services.fixture.ts';

test('[scm P44] [scm X11] changed webhooks of every service are answered, and none builds unverified', async (t) => {
  await fuzzHook(await openServicesWorld(t), 2, '20261121');
});
