import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import type { Database } from '@sortie/server/store/db';
import { createKeyedWorld, type KeyedWorld } from './keyed-world.ts';

/** What `Idempotency-Key` must do over every database. `open` gives a fresh, empty one each time. */
export function idempotencyContract(name: string, open: () => Promise<Database>): void {
  describe(`idempotency keys on ${name}`, { concurrency: 1 }, () => {
    function it(title: string, body: (world: KeyedWorld) => Promise<void>): void {
      test(title, async () => {
        const world = await createKeyedWorld(await open());
        try {
          await body(world);
        } finally {
          await world.close();
        }
      });
    }
    repeating(it);
    interrupting(it);
    refusing(it);
  });
}

type Case = (title: string, body: (world: KeyedWorld) => Promise<void>) => void;

function repeating(it: Case): void {
  it('[sdk S24] a repetition gets the same answer byte for byte, and nothing is made again', async (world) => {
    const app = await world.serve();
    const first = await world.post(app, 'k1');
    const second = await world.post(app, 'k1');
    assert.equal(first.statusCode, 200);
    assert.equal(first.headers['idempotency-replayed'], undefined);
    assert.deepEqual(
      [second.statusCode, second.body, second.headers['content-type'], second.headers['x-made']],
      [200, first.body, 'application/json', '1'],
    );
    assert.equal(second.headers['idempotency-replayed'], 'true');
    await world.post(app, 'k2');
    await world.post(app, undefined);
    assert.equal(await world.countBuilds(), 3);
  });

  it('many identical requests at once to two servers make one build', async (world) => {
    const one = await world.serve();
    const other = await world.serve();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => world.post(index % 2 === 0 ? one : other, 'k')),
    );
    assert.deepEqual(new Set(answers.map(({ statusCode }) => statusCode)), new Set([200]));
    assert.equal(new Set(answers.map(({ body }) => body)).size, 1);
    assert.equal(answers.filter(({ headers }) => headers['idempotency-replayed'] === undefined).length, 1);
    assert.equal(await world.countBuilds(), 1);
  });

  it('the answer is kept for 24 hours', async (world) => {
    const app = await world.serve();
    await world.post(app, 'k');
    world.advance(24 * 3_600);
    assert.equal((await world.post(app, 'k')).headers['idempotency-replayed'], 'true');
    world.advance(1);
    assert.equal((await world.post(app, 'k')).headers['idempotency-replayed'], undefined);
    assert.equal(await world.countBuilds(), 2);
  });

  it('a refusal by the handler is repeated, a failure of the server is not', async (world) => {
    const codes = ['repo-inactive', 'database-unavailable', 'rate-limited'] as const;
    for (const code of codes) {
      let runs = 0;
      const app = await world.serve({
        handler: () => {
          runs += 1;
          throw new AppError(code, 'No.');
        },
      });
      const first = await world.post(app, code);
      const second = await world.post(app, code);
      assert.equal(first.json().error_code, code);
      assert.equal(runs, code === 'repo-inactive' ? 1 : 2, code);
      assert.equal(second.body === first.body, code === 'repo-inactive', code);
    }
  });
}

function interrupting(it: Case): void {
  it('a client that went away before its answer gets it when it asks again', async (world) => {
    const slow = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const app = await world.serve({
      before: () => {
        begun.resolve();
        return slow.promise;
      },
    });
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    const leaving = new AbortController();
    const lost = fetch(`${address}/api/test-builds/here`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k' },
      body: '{"a":1}',
      signal: leaving.signal,
    });
    await begun.promise;
    leaving.abort();
    await assert.rejects(lost);
    const again = world.post(app, 'k');
    slow.resolve();
    const answer = await again;
    assert.deepEqual([answer.json().number, answer.headers['idempotency-replayed']], [1, 'true']);
    assert.equal(await world.countBuilds(), 1);
  });

  it('a request whose process died after its build was made is answered with that build', async (world) => {
    const dead = await dieAfterBuild(world);
    const next = await world.serve();
    world.advance(16);
    const answer = await world.post(next, 'k');
    assert.deepEqual([answer.statusCode, answer.json().number], [200, 1]);
    assert.equal((await world.post(next, 'k')).body, answer.body);
    assert.equal(await world.countBuilds(), 1);
    await dead.end();
  });

  it('a clock that was put back does not keep what a dead process holds', async (world) => {
    const dead = await dieAfterBuild(world);
    world.advance(-3_600);
    let elapsedMs = 0;
    const next = await world.serve({
      elapsedMs: () => {
        elapsedMs += 2_000;
        return elapsedMs;
      },
    });
    assert.equal((await world.post(next, 'k')).json().number, 1);
    assert.equal(await world.countBuilds(), 1);
    await dead.end();
  });

  it('a process that was thought dead makes no second build', async (world) => {
    const slow = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const sleeping = await world.serve({
      before: () => {
        begun.resolve();
        return slow.promise;
      },
    });
    const late = world.post(sleeping, 'k');
    await begun.promise;
    world.advance(16);
    assert.equal((await world.post(await world.serve(), 'k')).json().number, 1);
    slow.resolve();
    assert.equal((await late).json().error_code, 'conflict');
    assert.equal(await world.countBuilds(), 1);
  });

  it('a request that failed after its build was made is answered with that build', async (world) => {
    const failing = await world.serve({ after: () => Promise.reject(new Error('broken')) });
    assert.equal((await world.post(failing, 'k')).statusCode, 500);
    assert.equal((await world.post(failing, 'k')).json().number, 1);
    assert.equal(await world.countBuilds(), 1);
  });
}

function refusing(it: Case): void {
  it('[sdk S24] the same key for another request is refused', async (world) => {
    const app = await world.serve();
    await world.post(app, 'k', { url: '/api/test-builds/here?a=1&b=2&access_token=x' });
    const same = await world.post(app, 'k', { url: '/api/test-builds/here?b=2&access_token=y&a=1' });
    assert.equal(same.statusCode, 200);
    const others = [
      { url: '/api/test-builds/there?a=1&b=2' },
      { url: '/api/test-builds/here?a=1&b=3' },
      { url: '/api/test-builds/here?a=1&b=2', body: '{"a":2}' },
      { url: '/api/test-builds/here?a=1&b=2', body: 'a=1', type: 'application/x-www-form-urlencoded' },
    ];
    for (const other of others) {
      const answer = await world.post(app, 'k', other);
      assert.deepEqual([answer.statusCode, answer.json().error_code], [422, 'idempotency-mismatch']);
    }
    assert.equal(await world.countBuilds(), 1);
  });

  it('[sdk S24] a repetition is told to come back when the first request takes too long', async (world) => {
    const slow = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const app = await world.serve({
      waitMs: 20,
      before: () => {
        begun.resolve();
        return slow.promise;
      },
    });
    const first = world.post(app, 'k');
    await begun.promise;
    for (const server of [app, await world.serve({ waitMs: 20 })]) {
      const early = await world.post(server, 'k');
      assert.deepEqual([early.statusCode, early.json().error_code], [409, 'idempotency-running']);
      assert.equal(early.headers['retry-after'], '1');
    }
    slow.resolve();
    const { body } = await first;
    assert.equal((await world.post(app, 'k')).body, body);
    assert.equal(await world.countBuilds(), 1);
  });

  it('a key that is no visible ASCII is refused', async (world) => {
    const app = await world.serve();
    for (const key of ['', 'a b', 'x'.repeat(256), 'clé']) {
      const answer = await world.post(app, key);
      assert.equal(answer.statusCode, 400, key);
      assert.match(answer.json().hint, /1 to 255/);
    }
    assert.equal((await world.post(app, 'x'.repeat(255))).statusCode, 200);
  });
}

/** A server that has made the build of key `k` and never says so. `end` lets its request end. */
async function dieAfterBuild(world: KeyedWorld): Promise<{ readonly end: () => Promise<void> }> {
  const died = Promise.withResolvers<never>();
  const made = Promise.withResolvers<void>();
  const dying = await world.serve({
    after: () => {
      made.resolve();
      return died.promise;
    },
  });
  const lost = world.post(dying, 'k');
  await made.promise;
  return {
    async end() {
      died.reject(new AppError('internal', 'The end.'));
      await lost;
    },
  };
}
