import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { createHttpWorld, type HttpWorld, startStep } from '@sortie/testing/http-world';
import { aStageReport, aStepReport } from '@sortie/testing/queue-world';
import { rejectsWith } from '@sortie/testing/rejects-with';
import { logKey } from '../logs/log-store.ts';
import { findStepById } from '../store/steps.ts';
import { takeCard } from './cards.ts';
import { type RpcLogDeps, takeLogBatch, takeLogUpload } from './logs.ts';

const RUNNER = 'runner-1';

interface Line {
  readonly pos: number;
  readonly out: string;
  readonly time: number;
}

/** Lines from position `from` on. */
function lines(from: number, ...texts: readonly string[]): readonly Line[] {
  return texts.map((out, index) => ({ pos: from + index, out, time: 0 }));
}

async function* body(value: unknown): AsyncGenerator<Uint8Array> {
  yield Buffer.from(typeof value === 'string' ? value : `${JSON.stringify(value)}\n`);
}

describe('what an official runner sends about a step', () => {
  let world: HttpWorld;
  let started: Awaited<ReturnType<typeof startStep>>;
  let deps: RpcLogDeps;
  let headers: Record<string, string>;

  beforeEach(async () => {
    world = await createHttpWorld();
    started = await startStep(world);
    headers = await world.bearer(await world.addUser({ isAdmin: true }));
    const { repo, build } = started;
    deps = {
      ...world,
      limitBytes: 10_000,
      stepOf: async (runnerKey, stepId) => {
        const step = await findStepById(world.db, stepId);
        const isTheirs = runnerKey === RUNNER && step !== undefined;
        return isTheirs ? { repoId: repo.id, buildId: build.id, step } : undefined;
      },
    };
  });
  afterEach(() => world.close());

  const call = (value: unknown, patch: object = {}) => ({
    runnerKey: RUNNER,
    stepId: started.stepId,
    body: body(value),
    ...patch,
  });
  const batch = (value: unknown, patch?: object) => takeLogBatch(deps, call(value, patch));
  const upload = (value: unknown, patch?: object) => takeLogUpload(deps, call(value, patch));

  async function raw(): Promise<string> {
    const url = `${started.path}/1?format=text`;
    return (await world.app.inject({ url, headers })).body;
  }
  async function shown(): Promise<readonly Line[]> {
    const answer = await world.app.inject({ url: `${started.path}/1`, headers });
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json();
  }
  async function end(): Promise<void> {
    const { queue } = world;
    await queue.updateStep(
      started.lease,
      aStepReport(started.stepId, { status: 'success', stopped: world.now() }),
    );
    await queue.finish(started.lease, aStageReport());
  }

  it('[runner 62] [runner 71] [W 12] a batch can be read at once, and is there when the runner dies', async () => {
    await batch(lines(0, '+ make\n', 'one\n', ''));
    await batch(lines(3, 'two\n'));
    assert.equal(await raw(), '+ make\none\ntwo\n');
    assert.deepEqual(await shown(), lines(0, '+ make\n', 'one\n', 'two\n'));
  });

  it('[runner 63] [W 15] a batch for a step that is unknown, or somebody else’s, is accepted and thrown away', async () => {
    await batch(lines(0, 'a\n'), { runnerKey: 'another' });
    await batch(lines(0, 'a\n'), { stepId: 4711 });
    await upload(lines(0, 'a\n'), { runnerKey: 'another' });
    assert.equal(await raw(), '');
  });

  it('[runner 63] a batch before the step begins is kept', async () => {
    const [, second] = await world.db.selectFrom('steps').select('id').orderBy('number').execute();
    await batch(lines(0, 'early\n'), { stepId: second?.id });
    const { repo, build } = started;
    const key = logKey({ repoId: repo.id, buildId: build.id, stepId: second?.id ?? 0 });
    assert.equal((await world.logs.progress(key)).size, 6);
  });

  it('[runner 64] a batch without lines changes nothing', async () => {
    await batch('null\n');
    await batch([]);
    assert.equal(await raw(), '');
  });

  it('lines that come twice are stored once, and a hole among batches is marked', async () => {
    await batch(lines(0, 'a\n', 'b\n'));
    await batch(lines(1, 'b\n', 'c\n'));
    await batch(lines(0, 'a\n'));
    assert.equal(await raw(), 'a\nb\nc\n');
    await batch(lines(5, 'f\n'));
    assert.equal(
      await raw(),
      'a\nb\nc\n[sortie: 2 lines are missing here, the runner did not send them]\nf\n',
    );
  });

  it('[runner 65] an upload gives back exactly the bytes that were sent, pieces of lines and carriage returns too', async () => {
    const texts = ['10%\r', '20%\r', 'done', '\n', '', '\u001b[32m<ok>\u001b[0m\n', 'no end'];
    await upload(texts.map((out, pos) => ({ pos, out, time: pos })));
    assert.equal(await raw(), texts.join(''));
    assert.deepEqual(
      (await shown()).map(({ out, time }) => [out, time]),
      [
        ['10%\r20%\rdone\n', 0],
        ['\u001b[32m<ok>\u001b[0m\n', 5],
      ],
      'the last line shows when it is complete',
    );
    await end();
    assert.equal((await shown()).at(-1)?.out, 'no end');
  });

  it('[runner 66] an upload of null is an empty log', async () => {
    await upload('null\n');
    await end();
    assert.deepEqual(await shown(), []);
    assert.equal(await raw(), '');
  });

  it('[runner 67] [W 14] the last complete upload counts', async () => {
    await upload(lines(0, 'first\n', 'more\n'));
    await upload(lines(0, 'second\n'));
    assert.equal(await raw(), 'second\n');
    await rejectsWith('invalid-request', upload('[{"pos":0,"out":"thi'));
    assert.equal(await raw(), 'second\n');
  });

  it('[runner 68] an upload after the stage has ended is stored, for a day', async () => {
    await batch(lines(0, 'a\n'));
    await end();
    await batch(lines(1, 'late\n'));
    await upload(lines(0, 'a\n', 'b\n'));
    assert.equal(await raw(), 'a\nb\n');
    const { repo, build, stepId } = started;
    const key = logKey({ repoId: repo.id, buildId: build.id, stepId });
    assert.deepEqual(await world.logs.progress(key), { size: 4, lines: 2, isClosed: true });
    world.advance(25 * 3600 * 1000);
    await upload(lines(0, 'much later\n'));
    await takeCard(deps, call({ data: {} }));
    assert.equal(await raw(), 'a\nb\n');
  });

  it('[runner 70] [W 13] the head that batches brought stays before an upload that begins later, with a mark between', async () => {
    await batch(lines(0, 'a\n', 'b\n', 'c\n'));
    await upload(lines(5, 'f\n', 'g\n'));
    const text = 'a\nb\nc\n[sortie: 2 lines are missing here, the runner did not send them]\nf\ng\n';
    assert.equal(await raw(), text);
    await upload(lines(5, 'f\n', 'g\n'));
    assert.equal(await raw(), text, 'a repeat changes nothing');
  });

  it('[runner 70] [W 13] where batches and upload overlap, every line is there once', async () => {
    await batch(lines(0, 'a\n', 'b', '\n', 'c\n'));
    await batch(lines(4, 'd\n'));
    await upload(lines(2, '\n', 'c\n', 'd\n', 'e\n'));
    assert.equal(await raw(), 'a\nb\nc\nd\ne\n');
  });

  it('[runner 70] an upload that begins later without any batch says what is missing', async () => {
    await upload(lines(1, 'b\n'));
    assert.equal(await raw(), '[sortie: 1 line is missing here, the runner did not send them]\nb\n');
  });

  it('[runner 69] [W 38] a log over the limit is cut, says so, and is accepted', async () => {
    const line = `${'x'.repeat(999)}\n`;
    await upload(lines(0, ...Array.from({ length: 12 }, () => line)));
    const text = await raw();
    assert.equal(text, `${line.repeat(10)}[sortie: the log is over its limit, the rest is left out]\n`);
    await batch(lines(12, 'more\n'));
    assert.equal(await raw(), text, 'nothing follows the limit');
  });

  it('[runner 69] [W 38] a million empty lines are taken without keeping them in memory', async () => {
    const count = 2 ** 20;
    deps = { ...deps, limitBytes: 100 * 2 ** 20 };
    async function* many(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('[');
      for (let pos = 0; pos < count; ) {
        const part: string[] = [];
        for (const end = Math.min(count, pos + 2048); pos < end; pos += 1) {
          part.push(`${pos === 0 ? '' : ','}{"pos":${pos},"out":"\\n","time":${Math.floor(pos / 100_000)}}`);
        }
        yield Buffer.from(part.join(''));
      }
      yield Buffer.from(']\n');
    }
    let peak = 0;
    const before = process.memoryUsage();
    async function* watched(): AsyncGenerator<Uint8Array> {
      for await (const chunk of many()) {
        const { heapUsed, external } = process.memoryUsage();
        peak = Math.max(peak, heapUsed + external - before.heapUsed - before.external);
        yield chunk;
      }
    }
    await upload(null, { body: watched() });
    const { repo, build, stepId } = started;
    const key = logKey({ repoId: repo.id, buildId: build.id, stepId });
    assert.deepEqual(await world.logs.progress(key), { size: count, lines: count, isClosed: false });
    assert.ok(peak < 100 * 2 ** 20, `${peak} bytes`);
    const [last] = await world.logs.readLines(key, { fromLine: count - 1, limit: 1 });
    assert.deepEqual(last, { pos: count - 1, out: '\n', time: 10 });
  });

  it('[runner 73] a viewer stays attached when an upload replaces what batches brought', async () => {
    const { repo, build, stepId } = started;
    const key = logKey({ repoId: repo.id, buildId: build.id, stepId });
    const seen = world.logs.subscribe(key, { signal: new AbortController().signal })[Symbol.asyncIterator]();
    assert.equal((await seen.next()).value?.lines, 0);
    await batch(lines(0, 'a\n'));
    assert.equal((await seen.next()).value?.lines, 1);
    await upload(lines(0, 'a\n', 'b\n'));
    assert.equal((await seen.next()).value?.lines, 2);
    await end();
    assert.deepEqual((await seen.next()).value, { size: 4, lines: 2, isClosed: true });
    assert.equal((await seen.next()).done, true);
  });

  it('[runner 72] [W 16] [W 11] a reader of the stream that comes back goes on where it was, to the end', async () => {
    const address = await world.app.listen({ host: '127.0.0.1', port: 0 });
    const url =
      address +
      started.path.replace('/api/repos/', '/api/stream/').replace('/builds/', '/').replace('/logs/', '/');
    await batch(lines(0, 'a\n', 'b\n', 'c\n'));
    const answer = await fetch(`${url}/1`, { headers: { ...headers, 'last-event-id': '0' } });
    assert.equal(answer.status, 200);
    const text = answer.text();
    await batch(lines(3, 'd\n'));
    await upload(lines(0, 'a\n', 'b\n', 'c\n', 'd\n', 'e\n'));
    await end();
    const ids = [...(await text).matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
    assert.deepEqual(ids, [1, 2, 3, 4]);
    assert.match(await text, /event: error\ndata: eof/);
  });

  it('[runner 74] [W 14] the last card counts, and the step keeps its version', async () => {
    const before = await findStepById(world.db, started.stepId);
    await takeCard(deps, call({ schema: 'https://example.com/card.json', data: { a: 1 } }));
    await takeCard(deps, call({ Schema: 'https://example.com/card.json', Data: { a: 2 } }));
    await takeCard(deps, call({ data: { a: 3 } }, { runnerKey: 'another' }));
    await takeCard(deps, call({ data: { a: 3 } }, { stepId: 4711 }));
    const answer = await world.app.inject({
      url: `/api/repos/${started.repo.slug}/cards/${started.build.number}/1/1`,
      headers,
    });
    assert.deepEqual(answer.json(), { a: 2 });
    assert.equal((await findStepById(world.db, started.stepId))?.version, before?.version);
  });

  it('a card that is none is refused', async () => {
    const huge = `{"data":"${'x'.repeat(9 * 2 ** 20)}"}`;
    for (const card of ['', 'null', '[]', '{"data":', '\uFFFF', huge]) {
      await rejectsWith('invalid-request', takeCard(deps, call(card)));
    }
  });
});
