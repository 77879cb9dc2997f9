import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { encodePacket, FLUSH } from './pkt-line.ts';
import { ZERO_ID } from './refs.ts';
import { commit, mustGit, type TestHost } from './test-host.ts';

/** For tests only: pushes that no git client would send. */
const ME = 'me:secret';
const CAPABILITIES = 'report-status side-band-64k';

/** Adds a commit with so many bytes that cannot be compressed. */
export async function commitBytes(work: string, size: number): Promise<string> {
  await writeFile(join(work, 'blob'), randomBytes(size));
  await mustGit(work, 'add', '.');
  return commit(work, 'bytes');
}

/** The pack of a branch, as git would send it. */
export async function packOf(work: string, ref = 'main'): Promise<Buffer> {
  const child = spawn('git', ['pack-objects', '--stdout', '--revs', '--quiet'], { cwd: work });
  child.stdin.end(`${ref}\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function commands(after: string, ref = 'refs/heads/main', before = ZERO_ID): Buffer {
  return Buffer.concat([encodePacket(`${before} ${after} ${ref}\0${CAPABILITIES}\n`), FLUSH]);
}

export function open(
  fixture: TestHost,
  headers: Readonly<Record<string, string>> = {},
): ReturnType<typeof httpRequest> {
  const { port } = new URL(fixture.origin);
  return httpRequest({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/git/me/demo.git/git-receive-pack',
    headers: {
      authorization: `Basic ${btoa(ME)}`,
      'content-type': 'application/x-git-receive-pack-request',
      ...headers,
    },
  });
}

export async function post(
  fixture: TestHost,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; text: string }> {
  const request = open(fixture, headers);
  request.end(body);
  const [response] = await once(request, 'response');
  return { status: response.statusCode, text: await text(response) };
}

export async function temporaryFiles(fixture: TestHost): Promise<string[]> {
  const names = await readdir(fixture.dirOf('me/demo'), { recursive: true });
  return names.filter((name) => /incoming|tmp_|\.lock$/.test(name));
}
