import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deliver, deliveriesOf, HOOK_SECRET, pushOf, receive, SERVICES } from './test-deliveries.ts';

import { flipByte, mutate, randomOf } from './test-mutations.ts';

for (const service of SERVICES) {
  describe(`mutated deliveries of ${service.name}`, () => {
    const { event } = pushOf(service);

    it('[scm P44] mutated deliveries never throw, and nothing is built from an unverified one', () => {
      const random = randomOf(`${service.name} 20260304`);
      for (const delivery of deliveriesOf(service)) {
        const text = JSON.stringify(delivery.body);
        for (let round = 0; round < 25; round += 1) {
          const bytes =
            round % 2 === 0
              ? flipByte(text, random)
              : Buffer.from(JSON.stringify(mutate(delivery.body, random)) ?? '');
          const verified = deliver(service, delivery.event, bytes);
          assert.match(verified.kind, /^(mapped|ignored|refused)$/, `${delivery.name} ${round}`);
          const forged = deliver(service, delivery.event, bytes, { secrets: ['another'] });
          assert.notEqual(forged.kind, 'mapped');
          for (const one of verified.kind === 'mapped' ? verified.events : [])
            if (one.kind === 'build' && !one.lookups.includes('expand'))
              assert.match(one.after, /^[0-9a-f]{40}$/);
        }
      }
    });

    it('[scm P44] random bytes and headers never throw', () => {
      const random = randomOf(service.name);
      for (let round = 0; round < 200; round += 1) {
        const rawBody = Uint8Array.from({ length: Math.floor(random() * 300) }, () =>
          Math.floor(random() * 256),
        );
        const headers = {
          ...service.headers(event, rawBody, HOOK_SECRET),
          'content-type': random() < 0.5 ? 'application/x-www-form-urlencoded' : 'text/plain',
        };
        assert.notEqual(receive(service, { headers, rawBody }, [HOOK_SECRET]).kind, 'mapped');
      }
    });
  });
}
