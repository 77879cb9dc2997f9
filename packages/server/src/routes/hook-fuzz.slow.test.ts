import { test } from 'node:test';
import { fuzzHook } from './hook-fuzz.fixture.ts';
import { openServicesWorld } from './hook-services.fixture.ts';

/** `SORTIE_FUZZ=1000` sends each fixture as often. */
const ROUNDS = Number(process.env.SORTIE_FUZZ ?? 40);

test('[scm P44] many changed webhooks of every service are answered, and none builds unverified', async (t) => {
  await fuzzHook(await openServicesWorld(t), ROUNDS, 'slow 20261121');
});
