import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, normalize, relative } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { getCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseConfig } from '@sortie/server/config';
import { writeAuthorities } from '@sortie/server/write-authorities';
import { buildRun, buildStage } from '@sortie/testing/engine-contract';
import { openEngines } from './engines.ts';

const CERTIFICATE = fileURLToPath(new URL('../../../fixtures/tls/cert.pem', import.meta.url));
const KEY = fileURLToPath(new URL('../../../fixtures/tls/key.pem', import.meta.url));

async function openFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-authority-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function git(folder: string, ...args: readonly string[]): Promise<void> {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  await promisify(execFile)('git', [...identity, ...args], { cwd: folder });
}

/** Serves a repository with one commit by https, with a certificate that nobody trusts. */
async function serveRepository(t: TestContext): Promise<string> {
  const folder = await openFolder(t);
  await git(folder, 'init', '--quiet', '--initial-branch=main');
  await git(folder, 'commit', '--quiet', '--allow-empty', '--message=one');
  await git(folder, 'update-server-info');
  const options = { key: await readFile(KEY), cert: await readFile(CERTIFICATE) };
  const server = createServer(options, (request, response) => {
    const { pathname } = new URL(request.url ?? '', 'https://git.example.com');
    readFile(join(folder, '.git', normalize(pathname))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** What the clone of a runner with these settings comes to. */
async function clone(
  url: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly exitCode: number; readonly log: string }> {
  const config = parseConfig(
    { SORTIE_DATA: relative('.', folder), SORTIE_RUNNER_ENGINES: 'exec', ...env },
    () => '',
  );
  const engine = openEngines(config, await writeAuthorities(config.dataFolder, config.services.caPath)).get(
    'exec',
  );
  assert.ok(engine);
  const plan = { url, ref: 'refs/heads/main', commit: '', branch: 'main', depth: 0, retries: 0 };
  const stage = buildStage('authority', [
    { name: 'clone', clone: { ...plan, skipVerify: false, trace: false } },
  ]);
  const [step] = stage.plan.steps;
  assert.ok(step);
  const run = buildRun(step);
  const { signal } = new AbortController();
  await engine.setup(stage, signal);
  try {
    await engine.start(stage, run, signal);
    return { exitCode: (await engine.wait(stage, run)).exitCode, log: run.text() };
  } finally {
    await engine.destroy(stage);
    await engine.close();
  }
}

describe('the authority of a Git service', () => {
  it('is trusted by the clones of the runner, and by no others', async (t) => {
    const url = await serveRepository(t);
    const folder = await openFolder(t);
    const trusting = await clone(url, folder, { SORTIE_SERVICE_CA: CERTIFICATE });
    assert.equal(trusting.exitCode, 0, trusting.log);
    const usual = await clone(url, folder, {});
    assert.notEqual(usual.exitCode, 0);
    assert.match(usual.log, /certificate/);
  });

  it('stands beside the usual ones, which stay trusted', async (t) => {
    const path = await writeAuthorities(await openFolder(t), CERTIFICATE);
    const written = await readFile(path ?? '', 'utf8');
    for (const one of [...getCACertificates('default'), await readFile(CERTIFICATE, 'utf8')]) {
      assert.ok(written.includes(one.trim()));
    }
  });

  it('that cannot be read is named at the start', async (t) => {
    const folder = await openFolder(t);
    const missing = join(folder, 'missing.pem');
    await assert.rejects(writeAuthorities(folder, missing), {
      code: 'config-value',
      message: /SORTIE_SERVICE_CA/,
    });
    await writeFile(missing, '');
    assert.ok(await writeAuthorities(folder, missing));
  });
});
