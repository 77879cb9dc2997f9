import { type IncomingMessage, request } from 'node:http';

/** The Docker Engine API over its socket with nothing in between: what any client must at least do. */
export interface DockerApi {
  /** Throws an error with Docker's own message for a status of 400 and above. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** The answer as a stream, once its head has arrived. */
  open(method: string, path: string, body?: unknown): Promise<IncomingMessage>;
}

/** `path` begins after the version: `/containers/create?name=x`. */
export function dockerApi(socketPath = '/var/run/docker.sock'): DockerApi {
  const open = (method: string, path: string, body?: unknown) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      const outgoing = request({ socketPath, method, path: `/v1.41${path}`, headers }, resolve);
      outgoing.on('error', reject);
      outgoing.end(text);
    });
  return {
    open,
    async call(method, path, body) {
      const answer = await open(method, path, body);
      const pieces: Buffer[] = [];
      for await (const piece of answer) pieces.push(piece as Buffer);
      const text = Buffer.concat(pieces).toString();
      const value: unknown = text === '' ? undefined : JSON.parse(text);
      if ((answer.statusCode ?? 500) < 400) return value;
      throw new Error(`Docker answered ${answer.statusCode} to ${method} ${path}: ${text}`);
    },
  };
}
