import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Client } from '@sortie/sdk/client';
import { awaitBuild, clientOf, logOf } from '@sortie/testing/await-build';
import {
  createWorkingCopy,
  pushUrl,
  REPO_ROOT,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';

const PIPELINE = `kind: pipeline
type: exec
name: default
steps:
  - name: link
    commands:
      - echo "$DRONE_BUILD_LINK"
`;

/** A real server below `/ci`, reached directly and through a proxy that takes the path off. */
describe('a server below a path', () => {
  const slug = 'ada/demo';
  let server: ServerProcess;
  let client: Client;
  let copy: WorkingCopy;
  let proxy: Server;
  /** The address of the server at the proxy. */
  let proxied: string;

  before(async () => {
    const built = spawnSync(process.execPath, [join(REPO_ROOT, 'scripts/build.ts'), '--web', '--if-stale']);
    assert.equal(built.status, 0, String(built.stderr));
    const env = { DRONE_SERVER_HOST: '127.0.0.1:0/ci', SORTIE_RUNNER_ENGINES: 'exec' };
    server = await startServerProcess({ env });
    client = clientOf(server);
    copy = await createWorkingCopy();
    proxy = createStrippingProxy(server.url);
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    proxied = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/ci`;
  });
  after(async () => {
    proxy?.closeAllConnections();
    await new Promise((resolve) => (proxy === undefined ? resolve(undefined) : proxy.close(resolve)));
    await copy?.dispose();
    await server?.dispose();
  });

  async function push(url: string, message: string): Promise<string> {
    await writeFile(join(copy.directory, '.drone.yml'), PIPELINE);
    await copy.git('add', '--all');
    await copy.git('commit', '--quiet', '--allow-empty', '--message', message);
    return (await copy.git('push', pushUrl({ url, token: server.token }, slug), 'main')).stderr;
  }

  it('takes a push, clones from its own address and names it in every link', async () => {
    assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+\/ci$/);
    const said = await push(server.url, 'first');
    assert.ok(said.includes(`remote: build #1 started: ${server.url}/${slug}/1`), said);
    const build = await awaitBuild(client, slug, 1);
    assert.equal(build.status, 'success');
    const log = await logOf(client, slug, build, 'link');
    assert.ok(log.endsWith(`${server.url}/${slug}/1\n`), log);
    const repo = await client.repos.get(slug);
    assert.deepEqual(
      [repo.link, repo.git_http_url],
      [`${server.url}/${slug}`, `${server.url}/git/${slug}.git`],
    );
  });

  it('streams below the path', async () => {
    const lines: string[] = [];
    for await (const event of client.streamLog({ repo: slug, build: 1, stage: 1, step: 2 })) {
      if (event.type === 'line') lines.push(event.text);
    }
    assert.equal(lines.at(-1), `${server.url}/${slug}/1\n`);
    const response = await fetch(`${server.url}/api/stream?access_token=${server.token}`);
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    await response.body?.cancel();
  });

  it('serves pages with files that are found, directly and behind the proxy', async () => {
    for (const base of [server.url, proxied]) {
      const page = await (await fetch(`${base}/${slug}/1`)).text();
      const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
      assert.ok(files.length >= 3, page);
      for (const path of files) {
        assert.match(path, /^\/ci\/assets\//);
        const file = await fetch(new URL(path, base));
        assert.equal(file.status, 200, path);
        await file.body?.cancel();
      }
    }
  });

  it('answers API and git the same behind a proxy that takes the path off', async () => {
    const version = (await (await fetch(`${proxied}/version`)).json()) as { url: string };
    assert.equal(version.url, server.url);
    const said = await push(proxied, 'second');
    assert.ok(said.includes(`remote: build #2 started: ${server.url}/${slug}/2`), said);
    const behind = clientOf({ ...server, url: proxied });
    assert.equal((await awaitBuild(behind, slug, 2)).status, 'success');
  });

  it('[ledger 23] removes a repository with its Git data', async () => {
    const response = await client.request('DELETE', `/api/repos/${slug}`, { query: { remove: true } });
    assert.equal(((await response.json()) as { active: boolean }).active, false);
    await assert.rejects(copy.git('ls-remote', pushUrl(server, slug)), /not found/);
    const folders = await readdir(join(server.data, 'git'), { recursive: true });
    const bare = folders.filter((path) => /^[0-9a-f]{2}\/[0-9a-f]+\.git$/.test(path));
    assert.deepEqual(bare, []);
    assert.deepEqual(await readdir(join(server.data, 'logs')), []);
    assert.match(await push(server.url, 'third'), /build #1 started/);
  });
});

/** Passes `/ci/x` on as `/x`. */
function createStrippingProxy(target: string): Server {
  const { hostname, port } = new URL(target);
  return createServer((incoming, answer) => {
    const { method, headers, url = '' } = incoming;
    const path = url.replace(/^\/ci(?=\/|$)/, '') || '/';
    const outgoing = request({ hostname, port, method, headers, path }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    incoming.pipe(outgoing);
  });
}
