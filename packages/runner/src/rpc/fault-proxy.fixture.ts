import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * `no-answer`: the server does what it is asked, and its answer is lost. `no-call`: the call never arrives. `503`: the
 * call never arrives, and somebody in between says so. `twice`: the call arrives two times.
 */
export type Fault = 'no-answer' | 'no-call' | '503' | 'twice';

export interface FaultProxy {
  readonly baseUrl: string;
  /** Calls that a fault has met. */
  readonly met: readonly string[];
  close(): Promise<void>;
}

/** Passes calls on to `target`; `faultOf` is asked about each, for example `PUT /rpc/v2/step/12`. */
export async function startFaultProxy(
  target: string,
  faultOf: (call: string) => Fault | undefined,
): Promise<FaultProxy> {
  const met: string[] = [];
  const server = createServer((incoming, response) => {
    void readAll(incoming).then((body) => {
      const call = `${incoming.method} ${incoming.url}`;
      const fault = faultOf(call);
      if (fault !== undefined) met.push(call);
      return pass(incoming, body, response, fault);
    });
  });

  async function pass(
    incoming: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    if (fault === 'no-call') return void response.destroy();
    if (fault === '503') return void response.writeHead(503).end('proxy: the server is away');
    if (fault === 'twice') await send(incoming, body);
    const answer = await send(incoming, body, response).catch(() => undefined);
    if (fault === 'no-answer' || answer === undefined) response.destroy();
    else response.writeHead(answer.status).end(answer.body);
  }

  /** An aborted call is aborted behind the proxy as well. */
  function send(incoming: IncomingMessage, body: Buffer, response?: ServerResponse) {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: Buffer }>();
    const { method, url, headers } = incoming;
    const outgoing = request(`${target}${url}`, { method, headers }, (answer) => {
      readAll(answer).then((text) => resolve({ status: answer.statusCode ?? 0, body: text }), reject);
    });
    outgoing.on('error', reject);
    response?.on('close', () => outgoing.destroy());
    outgoing.end(body);
    return promise;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    met,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
