import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A registry on this machine that has one image under every name: an empty one, different after each `push`. */
export interface FakeRegistry {
  /** `127.0.0.1:port`; Docker speaks plain HTTP with it. */
  readonly host: string;
  /** With these alone it gives anything out; absent: to everybody. */
  login: { readonly username: string; readonly password: string } | undefined;
  /** Names for which a manifest was asked. */
  readonly asked: string[];
  /** While it is there, no layer is given out before it resolves. */
  hold: Promise<void> | undefined;
  /** The image has other contents from now on. */
  push(): void;
  close(): Promise<void>;
}

export async function openRegistry(): Promise<FakeRegistry> {
  let image = makeImage(0);
  let pushes = 0;
  const server: Server = createServer(async (request, response) => {
    const { url = '', headers } = request;
    const { login } = registry;
    const wanted = login && `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    if (wanted !== undefined && headers.authorization !== wanted) {
      const body = JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] });
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end(body);
      return;
    }
    if (url.includes('/blobs/')) await registry.hold;
    const [, name, reference = ''] = /^\/v2\/(.+)\/manifests\/(.+)$/.exec(url) ?? [];
    if (name !== undefined) registry.asked.push(name);
    const found = name === undefined ? image.blobs.get(url.split('/blobs/')[1] ?? '') : image.manifest;
    if (url === '/v2/') response.writeHead(200).end('{}');
    else if (found === undefined || reference === 'missing')
      response.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    else {
      const type = name === undefined ? 'application/octet-stream' : MANIFEST_TYPE;
      const digests = { 'Docker-Content-Digest': digestOf(found), 'Content-Type': type };
      response.writeHead(200, { ...digests, 'Content-Length': found.length });
      response.end(request.method === 'HEAD' ? undefined : found);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const registry: FakeRegistry = {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    login: undefined,
    hold: undefined,
    asked: [],
    push() {
      pushes += 1;
      image = makeImage(pushes);
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return registry;
}

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

interface Image {
  readonly manifest: Buffer;
  readonly blobs: ReadonlyMap<string, Buffer>;
}

function makeImage(number: number): Image {
  const layer = Buffer.alloc(1024);
  const packed = gzipSync(layer);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      config: { Cmd: ['/none'], Labels: { number: String(number) } },
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
      history: [{ created_by: 'test' }],
    }),
  );
  const describe = (mediaType: string, blob: Buffer) => ({
    mediaType,
    size: blob.length,
    digest: digestOf(blob),
  });
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: describe('application/vnd.docker.container.image.v1+json', config),
    layers: [describe('application/vnd.docker.image.rootfs.diff.tar.gzip', packed)],
  };
  const blobs = new Map([config, packed].map((blob) => [digestOf(blob), blob]));
  return { manifest: Buffer.from(JSON.stringify(manifest)), blobs };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
