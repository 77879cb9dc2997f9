import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGather } from './gather.ts';

/** Work that notes what it gets and goes on when it is told to. */
function aWork() {
  const batches: string[][] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const begun = [Promise.withResolvers<void>()];
  const gather = createGather<string, string>(3, async (asked) => {
    const gate = Promise.withResolvers<void>();
    batches.push(asked.map(({ input }) => input));
    gates.push(gate);
    begun.at(-1)?.resolve();
    begun.push(Promise.withResolvers<void>());
    await gate.promise;
    for (const { input, answer } of asked) answer(`${input}!`);
  });
  return { gather, batches, next: () => begun.at(-1)?.promise, go: () => gates.shift()?.resolve() };
}

test('what comes alone is worked on at once, and what comes meanwhile together', async () => {
  const { gather, batches, next, go } = aWork();
  const first = gather('key', 'a');
  await next();
  const later = ['b', 'c', 'd', 'e'].map((input) => gather('key', input));
  assert.deepEqual(batches, [['a']]);
  const second = next();
  go();
  assert.equal(await first, 'a!');
  await second;
  const third = next();
  go();
  await third;
  go();
  assert.deepEqual(await Promise.all(later), ['b!', 'c!', 'd!', 'e!']);
  assert.deepEqual(batches, [['a'], ['b', 'c', 'd'], ['e']]);
});

test('other keys do not wait', async () => {
  const { gather, batches, next, go } = aWork();
  const one = gather('one', 'a');
  await next();
  const begun = next();
  const two = gather('two', 'b');
  await begun;
  assert.deepEqual(batches, [['a'], ['b']]);
  go();
  go();
  assert.deepEqual(await Promise.all([one, two]), ['a!', 'b!']);
});

test('work that fails refuses what it has not answered, and the next is worked on', async () => {
  let isBroken = true;
  const gather = createGather<string, string>(9, async (asked) => {
    asked[0]?.answer('fine');
    if (isBroken) throw new Error('broken');
    for (const { answer } of asked) answer('fine');
  });
  const both = await Promise.allSettled([gather('', 'a'), gather('', 'b')]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
  isBroken = false;
  assert.equal(await gather('', 'c'), 'fine');
});

test('an answer that fails later refuses that one alone', async () => {
  const gather = createGather<string, string>(9, async (asked) => {
    for (const { input, answer } of asked) {
      answer(input === 'bad' ? Promise.reject(new Error('bad')) : input);
    }
  });
  const both = await Promise.allSettled([gather('', 'bad'), gather('', 'good')]);
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'fulfilled'],
  );
});
