import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failsWith } from '@sortie/testing/scm-contract';
import { expectOk, jsonOf } from './answers.ts';
import { isScmError } from './errors.ts';
import { linkRelation, readPages } from './paging.ts';
import { createTransport, type ScmRequest } from './transport.ts';
import type { Wire, WireInit, WireResponse } from './wire.ts';

interface Sent extends WireInit {
  readonly url: string;
}

type Reply = Partial<Omit<WireResponse, 'headers' | 'body'>> & {
  readonly headers?: Record<string, string>;
  readonly body?: AsyncIterable<Uint8Array> | string;
};

/** A transport whose service gives these answers, the last one for ever. */
function openTransport(...replies: readonly (Reply | Error)[]) {
  const sent: Sent[] = [];
  const pauses: number[] = [];
  let now = 1_000_000_000_000;
  const wire: Wire = async (url, init) => {
    sent.push({ ...init, url: url.href });
    const reply = replies[Math.min(sent.length, replies.length) - 1];
    if (reply instanceof Error || reply === undefined) throw reply ?? new Error('no answer');
    return {
      status: reply.status ?? 200,
      headers: new Headers(reply.headers),
      body: bodyOf(reply.body ?? '{}'),
    };
  };
  const transport = createTransport({
    base: new URL('https://git.example.test/sub/'),
    origins: ['https://api.example.test'],
    wire,
    now: () => now,
    sleep: async (duration) => {
      pauses.push(duration);
      now += duration;
    },
  });
  return { transport, sent, pauses, now: () => now };
}

async function* bodyOf(body: AsyncIterable<Uint8Array> | string): AsyncGenerator<Uint8Array> {
  if (typeof body === 'string') yield Buffer.from(body);
  else yield* body;
}

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(1024 * 1024, 0x20);
}

const RESET = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
const AUTHORIZED: ScmRequest = { path: 'x', headers: { authorization: 'token 0123456789abcdef' } };

describe('transport', () => {
  it('[scm A19] a limited GET is repeated after the time that the service asks for, a POST is not', async () => {
    const limited = { status: 429, headers: { 'retry-after': '2' } };
    const get = openTransport(limited, {});
    assert.equal((await get.transport.send({ path: 'x' })).status, 200);
    assert.deepEqual(get.pauses, [2_000]);
    const post = openTransport(limited, {});
    await assert.rejects(post.transport.send({ method: 'POST', path: 'x', json: {} }), (error) => {
      return isScmError(error, 'rate-limited') && error.retryAt === 1_000_000_002;
    });
    assert.equal(post.sent.length, 1);
  });

  it('a limit that outlasts the call fails at once and says until when', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1000000600' };
    for (const status of [429, 403]) {
      const { transport, pauses } = openTransport({ status, headers });
      await assert.rejects(transport.send({ path: 'x' }), (error) => {
        return isScmError(error, 'rate-limited') && error.retryAt === 1_000_000_600;
      });
      assert.deepEqual(pauses, []);
    }
  });

  it('a GET is repeated on 502, 503, 504 and broken connections, three times in all', async () => {
    const cured = openTransport({ status: 502 }, RESET, {});
    assert.equal((await cured.transport.send({ path: 'x' })).status, 200);
    assert.deepEqual(cured.pauses, [500, 1_500]);
    for (const failure of [{ status: 503 }, RESET]) {
      const { transport, sent } = openTransport(failure);
      await failsWith(transport.send({ path: 'x' }), 'unavailable');
      assert.equal(sent.length, 3);
    }
    const { transport, sent } = openTransport({ status: 500 });
    assert.equal((await transport.send({ path: 'x' })).status, 500);
    assert.equal(sent.length, 1);
  });

  it('[scm A20] [scm X19] no redirect leads to another host, and no credentials go there', async () => {
    for (const location of [
      'https://evil.test/x',
      'http://git.example.test/x',
      '//evil.test',
      'https://api.example.test/x',
      'file:///x',
    ]) {
      const { transport, sent } = openTransport({ status: 302, headers: { location } });
      await failsWith(transport.send(AUTHORIZED), 'malformed');
      assert.deepEqual(
        sent.map(({ url }) => url),
        ['https://git.example.test/sub/x'],
      );
    }
  });

  it('redirects on the same host are followed three times, by writes only where the thing has moved', async () => {
    const hop = { status: 301, headers: { location: '/sub/y' } };
    const followed = openTransport(hop, {});
    assert.equal((await followed.transport.send(AUTHORIZED)).url.href, 'https://git.example.test/sub/y');
    const circle = openTransport(hop);
    await failsWith(circle.transport.send(AUTHORIZED), 'malformed');
    assert.equal(circle.sent.length, 4);
    const post = openTransport(hop);
    await failsWith(post.transport.send({ ...AUTHORIZED, method: 'POST' }), 'malformed');
    const moved = openTransport(hop, {});
    const write = { ...AUTHORIZED, method: 'DELETE', followsMoves: true } as const;
    assert.equal((await moved.transport.send(write)).url.href, 'https://git.example.test/sub/y');
    assert.equal(moved.sent[1]?.method, 'DELETE');
    const done = openTransport({ ...hop, status: 303 });
    await failsWith(done.transport.send(write), 'malformed');
    const asked = openTransport(hop);
    assert.equal((await asked.transport.send({ path: 'x', followsRedirects: false })).status, 301);
  });

  it('[scm A21] answers that are too large or never end are aborted', async () => {
    for (const body of [endless(), 'x'.repeat(11 * 1024 * 1024)]) {
      const { transport } = openTransport({ body });
      await failsWith(transport.send({ path: 'x' }), 'malformed');
    }
    const { transport } = openTransport({ body: 'xxxx' });
    await failsWith(transport.send({ path: 'x', maxBytes: 3, oversize: 'validation' }), 'validation');
  });

  it('a service that does not answer is unavailable in time', async () => {
    const wire: Wire = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const transport = createTransport({ base: new URL('https://git.example.test/'), wire, timeout: 20 });
    await failsWith(transport.send({ path: 'x' }), 'unavailable');
  });

  it('[scm X19] addresses that are not of the service are refused before a call', async () => {
    const { transport, sent } = openTransport({});
    for (const path of [
      'https://evil.test/x',
      '//evil.test/x',
      'http://git.example.test/',
      'https://u:p@git.example.test/',
      'file:///x',
    ])
      await failsWith(transport.send({ path }), 'malformed');
    assert.equal(sent.length, 0);
    await transport.send({ path: 'https://api.example.test/y', query: { a: 'b c', none: undefined } });
    assert.equal(sent[0]?.url, 'https://api.example.test/y?a=b+c');
  });

  it('the answer of an error is kept for the log, short and without secrets', async () => {
    const body = `token 0123456789abcdef and 0123456789012345678901234567890123456789\n${'x'.repeat(5_000)}`;
    const { transport } = openTransport({ status: 401, body });
    const response = await transport.send(AUTHORIZED);
    assert.ok(response.evidence.length <= 1_024);
    assert.ok(!/0123456789/.test(response.evidence), response.evidence.slice(0, 80));
    assert.throws(
      () => expectOk(response, 'The thing'),
      (error) => {
        return isScmError(error, 'unauthorized') && !error.message.includes('xxx');
      },
    );
  });

  it('a page where JSON should be is malformed', async () => {
    const { transport } = openTransport({ body: '<html>' });
    const response = await transport.send({ path: 'x' });
    assert.throws(
      () => jsonOf(response),
      (error) => isScmError(error, 'malformed'),
    );
  });
});

describe('paging', () => {
  const read = async (replies: readonly Reply[]) => {
    const { transport, sent } = openTransport(...replies);
    const pages = readPages(transport, {
      first: { path: 'list' },
      what: 'The list',
      next: ({ headers }) => {
        const path = linkRelation(headers, 'next');
        return path === undefined ? undefined : { path };
      },
    });
    let count = 0;
    let failure: unknown;
    try {
      for await (const _ of pages) count += 1;
    } catch (error) {
      failure = error;
    }
    return { count, failure, sent };
  };
  const next = (address: string) => ({
    headers: { link: `<https://x.test/first>; rel="first", <${address}>; rel="next"` },
  });

  it('follows the next links to the end', async () => {
    const { count, failure, sent } = await read([next('https://git.example.test/sub/list?page=2'), {}]);
    assert.deepEqual([count, failure], [2, undefined]);
    assert.equal(sent[1]?.url, 'https://git.example.test/sub/list?page=2');
  });

  it('[scm A4] [scm X20] stops at a next link on another host', async () => {
    const { failure, sent } = await read([next('https://evil.test/list?page=2')]);
    assert.ok(isScmError(failure, 'malformed'));
    assert.equal(sent.length, 1);
  });

  it('[scm A5] stops when a page was read before', async () => {
    const { failure, sent } = await read([next('https://git.example.test/sub/list?page=2')]);
    assert.ok(isScmError(failure, 'malformed'));
    assert.equal(sent.length, 2);
  });

  it('[scm A5] stops after 1,000 pages', async () => {
    const { transport, sent } = openTransport({});
    const pages = readPages(transport, {
      first: { path: 'list' },
      what: 'The list',
      next: (_response, _body, page) => ({ path: 'list', query: { page: page + 1 } }),
    });
    await failsWith(
      (async () => {
        for await (const _ of pages);
      })(),
      'malformed',
    );
    assert.equal(sent.length, 1_000);
  });
});
