import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PATIENCE_MS } from '@sortie/testing/becomes';
import {
  createWorkingCopy,
  pushUrl,
  REPO_ROOT,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';
import { type Browser, chromium, type Page } from 'playwright-core';

const PIPELINE = `kind: pipeline
type: exec
name: build
steps:
  - name: unit
    commands:
      - echo "all tests passed"
`;

describe('the pages of a server below a path', () => {
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;
  let copy: WorkingCopy;
  const complaints: string[] = [];
  const requested: string[] = [];

  before(async () => {
    const built = spawnSync(process.execPath, [join(REPO_ROOT, 'scripts/build.ts'), '--web', '--if-stale']);
    assert.equal(built.status, 0, String(built.stderr));
    copy = await createWorkingCopy();
    const env = {
      DRONE_SERVER_HOST: '127.0.0.1:0/team/ci',
      SORTIE_RUNNER_ENGINES: 'exec',
      DRONE_USER_CREATE: '',
    };
    server = await startServerProcess({ env });
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
      timeout: PATIENCE_MS,
    });
    const context = await browser.newContext();
    context.setDefaultTimeout(PATIENCE_MS);
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (sent) => requested.push(new URL(sent.url()).pathname));
    page.on('console', (message) => {
      const isStatus = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isStatus) complaints.push(message.text());
    });
  });
  after(async () => {
    await browser?.close();
    await server?.dispose();
    await copy?.dispose();
  });

  it('sign in, make a token and show a build with its log, all below it', async () => {
    const [, link = ''] = await server.printed(/Sign in, once: (\S+)\s/);
    await page.goto(link);
    await page.getByRole('button', { name: /sign in/i }).click();
    await page.waitForURL(`${server.url}/`);
    await page.getByText(`${server.url}/git/admin/my-project.git`).waitFor();
    await page.getByRole('link', { name: /account/i }).click();
    await page.waitForURL(`${server.url}/account`);
    await page.getByRole('textbox', { name: /name/i }).fill('laptop');
    await page.getByRole('button', { name: /create|make/i }).click();
    const shown = page.getByText(/sortie_[A-Za-z0-9]{40}/).first();
    const token = /sortie_[A-Za-z0-9]{40}/.exec((await shown.textContent()) ?? '')?.[0] ?? '';
    await writeFile(join(copy.directory, '.drone.yml'), PIPELINE);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', 'first');
    await copy.git('push', pushUrl({ ...server, token }, 'admin/demo', 'admin'), 'main');
    await page.goto(`${server.url}/`);
    await page
      .getByRole('link', { name: /admin\/demo/ })
      .first()
      .click();
    await page.waitForURL(`${server.url}/admin/demo`);
    await page.getByRole('link', { name: /#1/ }).first().click();
    await page.getByRole('link', { name: /unit/ }).first().click();
    await page.getByText('all tests passed', { exact: true }).first().waitFor();
    const download = page.getByRole('link', { name: 'Download' });
    assert.match((await download.getAttribute('href')) ?? '', /^\/team\/ci\/api\/repos\/admin\/demo\//);
    await page.goBack();
    await page.goBack();
    await page.waitForURL(`${server.url}/admin/demo`);
  });

  it('ask for nothing outside of it and complain of nothing', () => {
    assert.deepEqual(
      requested.filter((path) => !path.startsWith('/team/ci/')),
      [],
    );
    assert.deepEqual(complaints, []);
  });
});
