import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import type Docker from 'dockerode';
import type { DockerAddress } from './client.ts';
import { openDocker } from './client.ts';

/** What a daemon does with one connection, once the head of the request has come. */
export type Script = (socket: Socket, head: string) => void | Promise<void>;

/** A container at a daemon that follows a script, on a socket in a folder of its own. */
export async function scriptedContainer(t: TestContext, script: Script): Promise<Docker.Container> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-attach-'));
  const path = join(folder, 'docker.sock');
  await listen(t, createServer(follow(script)), path);
  t.after(() => rm(folder, { recursive: true }));
  return await containerAt({ host: `unix://${path}`, apiVersion: '1.41' });
}

/** The same over TLS, on a port. */
export async function scriptedTlsContainer(t: TestContext, script: Script): Promise<Docker.Container> {
  const [cert, key] = ['cert', 'key'].map((name) =>
    readFileSync(new URL(`../../../../fixtures/tls/${name}.pem`, import.meta.url), 'utf8'),
  );
  if (cert === undefined || key === undefined) throw new Error('the certificate is there');
  const server = createTlsServer({ cert, key }, follow(script));
  await listen(t, server, 0);
  const { port } = server.address() as AddressInfo;
  return await containerAt({ host: `tcp://localhost:${port}`, tls: { ca: cert, cert, key } });
}

async function containerAt(address: DockerAddress): Promise<Docker.Container> {
  return (await openDocker(address)).getContainer('c1');
}

async function listen(t: TestContext, server: Server, where: string | number): Promise<void> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.listen(where);
  await once(server, 'listening');
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
}

function follow(script: Script): (socket: Socket) => void {
  return (socket) => {
    let head = '';
    // A client that cuts the connection is what some scripts are about.
    socket.on('error', () => undefined);
    const onData = (chunk: Buffer): void => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      void script(socket, head);
    };
    socket.on('data', onData);
  };
}
