import { createServer, type IncomingMessage, type Server } from 'node:http';
import { AppError } from '@sortie/core/errors';
import { answerStatus, type StatusDeps } from '@sortie/runner/status/answer';
import type { RunnerConfig } from '@sortie/server/config-runner';

/** Answers on the port of a runner: health, numbers, pages. Throws `port-in-use`. */
export async function listenForStatus(
  { remote }: Pick<RunnerConfig, 'remote'>,
  deps: StatusDeps,
): Promise<Server> {
  const { host, port } = remote.listen;
  const server = createServer((request, response) => {
    const { status, headers, body } = answerStatus(deps, toRequest(request));
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const hint = 'Stop it, or set DRONE_HTTP_BIND to another address.';
      const text = `The runner cannot listen on ${host}:${port} (${cause.message}).`;
      reject(new AppError('port-in-use', text, { hint, cause }));
    });
    server.listen({ host: host === '' ? undefined : host, port }, resolve);
  });
  return server;
}

function toRequest({ method = 'GET', url = '/', headers }: IncomingMessage) {
  const { authorization = '', accept = '' } = headers;
  return { method, url, authorization, accept };
}

/** Keeps the last lines that were written. */
export interface LineRing {
  write(line: string): void;
  lines(): readonly string[];
}

/** As many as official runners show. */
const MAX_LINES = 250;

export function createLineRing(): LineRing {
  const lines: string[] = [];
  return {
    write(line) {
      lines.push(line);
      if (lines.length > MAX_LINES) lines.shift();
    },
    lines: () => lines,
  };
}

/** What the process says about itself. */
export function processNumbers() {
  const { user, system } = process.cpuUsage();
  return {
    memoryBytes: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    started: Math.floor(Date.now() / 1000 - process.uptime()),
  };
}
