import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { it } from 'node:test';
import { parseConfig } from '@sortie/server/config';
import { pino } from 'pino';
import { openTransport } from './open-transport.ts';

const SECRET = 'a-token-of-this-runner';

/** What the log holds after one call of a server that sends the token back. */
async function linesOf(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const server = createServer((request, response) => {
    response.end(JSON.stringify({ status: 'pending', text: request.headers['x-drone-token'] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  const given = { DRONE_RPC_HOST: `127.0.0.1:${port}`, DRONE_RPC_SECRET: SECRET, ...env };
  const transport = openTransport(
    parseConfig(given, () => ''),
    { log, proxies: {} },
  );
  const { signal } = new AbortController();
  const answer = await transport.send({ method: 'POST', path: '/ping', timeoutMs: 60_000, signal });
  assert.ok(answer.text.includes(SECRET));
  transport.close();
  await new Promise((resolve) => server.close(resolve));
  return lines;
}

it('calls of the server are in the log when that is asked for, whatever its level, and never the token', async () => {
  const [request = '', answer = '', ...more] = await linesOf({
    DRONE_RPC_DUMP_HTTP: 'true',
    DRONE_RPC_DUMP_HTTP_BODY: 'true',
  });
  assert.deepEqual(more, []);
  assert.equal(JSON.parse(request).path, '/rpc/v2/ping');
  assert.equal(JSON.parse(request).level, pino.levels.values.debug);
  assert.deepEqual(JSON.parse(answer).body, { status: 'pending', text: '***' });
  assert.equal(`${request}${answer}`.includes(SECRET), false);
});

it('calls of the server are not in the log unless that is asked for', async () => {
  assert.deepEqual(await linesOf({ DRONE_RPC_DUMP_HTTP_BODY: 'true' }), []);
});

it('a runner without a server or a token says which setting is missing', () => {
  const log = pino({ level: 'silent' });
  const open = (env: Readonly<Record<string, string>>) =>
    openTransport(
      parseConfig(env, () => ''),
      { log, proxies: {} },
    );
  assert.throws(() => open({}), { code: 'config-value', message: /DRONE_RPC_HOST/ });
  assert.throws(() => open({ DRONE_RPC_HOST: 'ci' }), { code: 'config-value', message: /DRONE_RPC_SECRET/ });
});
