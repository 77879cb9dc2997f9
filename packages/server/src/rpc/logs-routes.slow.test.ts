import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { aStageDraft } from '@sortie/testing/domain-builders';
import { sweep } from '../services/sweep.ts';
import { aScriptedRunner, atWork, createRpcWorld, type RpcWorld, SECRET } from './rpc-world.fixture.ts';

describe('the log calls of the runner protocol', () => {
  let world: RpcWorld;
  let log: string;
  let stage: Awaited<ReturnType<typeof atWork>>['stage'];
  let step: Awaited<ReturnType<typeof atWork>>['step'];
  let runner: ReturnType<typeof aScriptedRunner>;
  let headers: Record<string, string>;

  beforeEach(async () => {
    world = await createRpcWorld();
    const { repo, build } = await world.start([aStageDraft()]);
    runner = aScriptedRunner(world);
    ({ stage, step } = await atWork(runner, 2));
    log = `/api/repos/${repo.slug}/builds/${build.number}/logs/1/1`;
    headers = await world.bearer(await world.addUser({ isAdmin: true }));
  });
  afterEach(() => world.close());

  const raw = async () => (await world.app.inject({ url: `${log}?format=text`, headers })).body;
  const post = (path: string, text: string, token?: string) =>
    world.call('POST', path, { text, ...(token === undefined ? {} : { token }) });

  /** Over a real connection, in pieces, without a content type; resolves with the status. */
  async function send(
    path: string,
    parts: Iterable<string>,
    options: { readonly cuts?: boolean } = {},
  ): Promise<number> {
    const address = await world.app.listen({ host: '127.0.0.1', port: 0 });
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const call = request(`${address}/rpc/v2${path}`, {
      method: 'POST',
      headers: { 'x-drone-token': SECRET },
    });
    call.on('error', reject);
    call.on('response', (response) => void readText(response).then(() => resolve(response.statusCode ?? 0)));
    for (const part of parts) {
      if (!call.write(part)) await new Promise((drained) => call.once('drain', drained));
    }
    if (options.cuts === true) call.destroy(new Error('cut'));
    else call.end();
    return promise;
  }

  it('[runner 62] [runner 65] [runner 5] are answered with 200 and nothing, without a content type', async () => {
    for (const [call, body] of [
      ['logs/batch', '[{"pos":0,"out":"+ make \\u003call\\u003e\\n","time":0}]\n'],
      ['logs/batch', 'null\n'],
      ['logs/upload', '[{"pos":0,"out":"+ make \\u003call\\u003e\\n","time":0}]\n'],
      ['card', '{"schema":"https://example.com/card.json","data":{"a":1}}\n'],
    ] as const) {
      const answer = await post(`/step/${step.id}/${call}`, body);
      assert.deepEqual([answer.status, answer.text], [200, ''], call);
    }
    assert.equal(await raw(), '+ make <all>\n');
  });

  it('[runner 63] [W 15] an unknown step is answered with 200, nonsense with 400, a wrong token with 401, and nothing changes', async () => {
    const good = '[{"pos":0,"out":"a\\n","time":0}]\n';
    assert.equal((await post('/step/4711/logs/batch', good)).status, 200);
    assert.equal((await post('/step/x/logs/upload', good)).status, 200);
    for (const body of ['{}', '[1]', '[{"pos":0,"out":"a"}', `[${'['.repeat(10_000)}`]) {
      assert.equal((await post(`/step/${step.id}/logs/batch`, body)).status, 400, body.slice(0, 20));
      assert.equal((await post(`/step/${step.id}/logs/upload`, body)).status, 400, body.slice(0, 20));
      assert.equal((await post(`/step/${step.id}/card`, `[${body}`)).status, 400, body.slice(0, 20));
    }
    assert.equal((await post(`/step/${step.id}/logs/batch`, good, 'wrong')).status, 401);
    assert.equal(await raw(), '');
  });

  it('[runner 69] [W 38] 31 MB of escapes are taken, never 413', async () => {
    const count = 160;
    const out = '\\u003c'.repeat(32 * 1024);
    function* parts(): Generator<string> {
      for (let pos = 0; pos < count; pos += 1) {
        yield `${pos === 0 ? '[' : ','}{"pos":${pos},"out":"${out}","time":0}`;
      }
      yield ']\n';
    }
    assert.equal(await send(`/step/${step.id}/logs/upload`, parts()), 200);
    const text = await raw();
    assert.equal(text.length, count * 32 * 1024);
    assert.match(text.slice(0, 100), /^<+$/);
  });

  it('[runner 67] [W 14] an upload whose connection is cut changes nothing', async () => {
    await post(`/step/${step.id}/logs/batch`, '[{"pos":0,"out":"kept\\n","time":0}]');
    const begun = `[${JSON.stringify({ pos: 0, out: 'x'.repeat(200_000), time: 0 })},`;
    await assert.rejects(
      send(`/step/${step.id}/logs/upload`, [begun, begun.slice(1)], { cuts: true }),
      /cut/,
    );
    assert.equal(await raw(), 'kept\n');
  });

  it('[runner 73] [W 11] a card and the report with its schema leave the stream of the log alone', async () => {
    await post(`/step/${step.id}/logs/batch`, '[{"pos":0,"out":"a\\n","time":0}]');
    const address = await world.app.listen({ host: '127.0.0.1', port: 0 });
    const live = log.replace('/api/repos/', '/api/stream/').replace('/builds/', '/').replace('/logs/', '/');
    const stream = await fetch(address + live, { headers });
    assert.equal(stream.status, 200);
    await post(
      `/step/${step.id}/logs/upload`,
      '[{"pos":0,"out":"a\\n","time":0},{"pos":1,"out":"b\\n","time":1}]',
    );
    await post(`/step/${step.id}/card`, '{"schema":"https://example.com/card.json","data":{"a":1}}\n');
    const schema = 'https://example.com/card.json';
    const carded = await runner.putStep(step.id, { ...step, status: 'running', schema });
    assert.equal(carded.status, 200, carded.text);
    const ended = await runner.putStep(step.id, {
      ...carded.body,
      status: 'success',
      stopped: 1_700_000_000,
    });
    assert.equal(ended.status, 200, ended.text);
    const text = await stream.text();
    assert.deepEqual(
      [...text.matchAll(/"out":"(\w)/g)].map(([, out]) => out),
      ['a', 'b'],
    );
    assert.match(text, /event: error\ndata: eof/);
    const card = await world.app.inject({
      url: log.replace('/builds/', '/cards/').replace('/logs/', '/'),
      headers,
    });
    assert.deepEqual(card.json(), { a: 1 });
  });

  it('[runner 81] [runner 68] a log that comes after the end of a detached step and its stage is stored', async () => {
    const steps = [
      { ...step, status: 'success' },
      { ...stage.steps[1], status: 'skipped' },
    ];
    const last = await runner.putStage(stage.id, {
      ...stage,
      status: 'success',
      stopped: 1_700_000_000,
      steps,
    });
    assert.equal(last.status, 200, last.text);
    await post(`/step/${step.id}/logs/batch`, '[{"pos":0,"out":"late\\n","time":0}]');
    assert.equal(
      (await post(`/step/${step.id}/logs/upload`, '[{"pos":0,"out":"late\\n","time":0}]')).status,
      200,
    );
    assert.equal(await raw(), 'late\n');
  });

  it('[runner 71] [W 12] the log of a runner that is lost ends with the reason; its own upload may still replace it', async () => {
    await post(`/step/${step.id}/logs/batch`, '[{"pos":0,"out":"said\\n","time":0}]');
    world.advance(3_600_000);
    await sweep(world);
    assert.match(await raw(), /^said\n\[.*lost.*\]\n$/);
    await post(
      `/step/${step.id}/logs/upload`,
      '[{"pos":0,"out":"said\\n","time":0},{"pos":1,"out":"more\\n","time":0}]',
    );
    assert.equal(await raw(), 'said\nmore\n');
  });

  it('[W 19] another token cannot write into the log of a step', async () => {
    const stranger = await world.call('POST', `/step/${step.id}/logs/upload`, {
      text: '[{"pos":0,"out":"forged\\n","time":0}]',
      token: 'somebody-else',
    });
    assert.equal(stranger.status, 401);
    assert.equal(await raw(), '');
  });
});
