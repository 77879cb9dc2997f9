import { type TestContext, test } from 'node:test';
import { openGogsLoop } from '@sortie/testing/gogs-loop/gogs-loop';
import { openFakeGogsUnderTest } from '@sortie/testing/gogs-loop/open-fake';
import { startServerProcess } from '@sortie/testing/server-process';

/** The same steps as `npm run test:gogs` takes with a real Gogs. */
test('the whole loop with a Gogs, from the sign-in to the repair', async (t: TestContext) => {
  const gogs = await openFakeGogsUnderTest();
  t.after(() => gogs.close());
  const server = await startServerProcess({
    env: { SORTIE_RUNNER_ENGINES: 'exec', DRONE_GOGS_SERVER: gogs.url },
  });
  t.after(() => server.dispose());
  let isBroken = false;
  for (const { title, run } of await openGogsLoop(gogs, server)) {
    // What comes after a failure would fail for its reason.
    if (isBroken) break;
    isBroken = true;
    await t.test(title, async () => {
      await run();
      isBroken = false;
    });
  }
});
