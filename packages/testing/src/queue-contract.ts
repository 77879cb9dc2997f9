import { describe, test } from 'node:test';
import type { Database } from '@sortie/server/store/db';
import { advancing, cancelling } from './queue-contract-builds.ts';
import { sharing } from './queue-contract-fair-share.ts';
import { handingOut } from './queue-contract-hand-out.ts';
import { losing } from './queue-contract-lost-runners.ts';
import { reporting } from './queue-contract-reports.ts';
import { preferring, takingTogether } from './queue-contract-together.ts';
import { createQueueWorld, type QueueWorld } from './queue-world.ts';

/** What the queue must do on every database. `open` gives a fresh, empty one each time. */
export function queueContract(name: string, open: () => Promise<Database>): void {
  describe(`queue on ${name}`, { concurrency: 1 }, () => {
    function it(title: string, body: (world: QueueWorld) => Promise<void>): void {
      test(title, async () => {
        const world = await createQueueWorld(await open());
        try {
          await body(world);
        } finally {
          await world.close();
        }
      });
    }
    handingOut(it);
    sharing(it);
    preferring(it);
    takingTogether(it);
    reporting(it);
    losing(it);
    advancing(it);
    cancelling(it);
  });
}
