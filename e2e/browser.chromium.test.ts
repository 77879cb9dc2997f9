import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { awaitBuild, clientOf } from '@sortie/testing/await-build';
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

/** Waits in the middle for a file that the test makes, so that the page is seen while the build runs. */
const PIPELINE = `kind: pipeline
type: exec
name: build
steps:
  - name: install
    commands:
      - echo "installing 42 packages"
  - name: unit
    commands:
      - for n in 1 2 3; do echo "test $n passed"; done
      - until [ -e "$SORTIE_GATE" ]; do sleep 0.05; done
      - echo "all tests passed"
    depends_on: [install]
  - name: lint
    commands:
      - echo "no problems"
    depends_on: [install]
---
kind: pipeline
type: exec
name: publish
clone:
  disable: true
steps:
  - name: upload
    commands:
      - echo "uploaded"
depends_on: [build]
`;

/** Set to a folder to keep pictures of the pages there. */
const PICTURES = process.env.SORTIE_PICTURES;

describe('the pages of a real server', () => {
  let server: ServerProcess;
  let browser: Browser;
  let page: Page;
  let copy: WorkingCopy;
  let gate: string;
  const complaints: string[] = [];

  before(async () => {
    const built = spawnSync(process.execPath, [join(REPO_ROOT, 'scripts/build.ts'), '--web', '--if-stale']);
    assert.equal(built.status, 0, String(built.stderr));
    copy = await createWorkingCopy();
    gate = join(copy.directory, '..', `${copy.directory.split('/').at(-1)}.gate`);
    server = await startServerProcess({
      env: {
        SORTIE_RUNNER_ENGINES: 'exec',
        DRONE_USER_CREATE: '',
        DRONE_RUNNER_ENVIRON: `SORTIE_GATE:${gate}`,
      },
    });
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
      timeout: PATIENCE_MS,
    });
    page = await newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      const isStatus = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isStatus) complaints.push(message.text());
    });
  });
  after(async () => {
    await browser?.close();
    await writeFile(gate, '');
    await server?.dispose();
    await copy?.dispose();
  });

  let token = '';

  it('sign in with the link of the terminal, which works once', async () => {
    const [, link = ''] = await server.printed(/Sign in, once: (\S+)\s/);
    await page.goto(link);
    await page.getByRole('button', { name: /sign in/i }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForURL(`${server.url}/`);
    await page
      .getByText(/git push/)
      .first()
      .waitFor();
    const second = await newPage();
    await second.goto(link);
    await second.getByRole('button', { name: /sign in/i }).click();
    await second.getByText(/unknown, has been used, or is too old/).waitFor();
    await second.close();
  });

  it('make a token on the account page, shown once', async () => {
    await page.goto(`${server.url}/account`);
    await page.getByRole('textbox', { name: /name/i }).fill('laptop');
    await page.getByRole('button', { name: /create|make/i }).click();
    const shown = page.getByText(/sortie_[A-Za-z0-9]{40}/).first();
    await shown.waitFor();
    token = /sortie_[A-Za-z0-9]{40}/.exec((await shown.textContent()) ?? '')?.[0] ?? '';
    await page.reload();
    await page.getByText('laptop').first().waitFor();
    assert.equal((await page.content()).includes(token), false);
  });

  it('show a push, its build and its log while they happen, without reloading', async () => {
    // The page is told of what happens after it listens.
    const listens = page.waitForResponse((response) => response.url().endsWith('/api/stream'));
    await page.goto(`${server.url}/`);
    await listens;
    await page
      .getByText(/git push/)
      .first()
      .waitFor();
    await writeFile(join(copy.directory, '.drone.yml'), PIPELINE);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', 'Teach the parser about nested lists');
    await copy.git('push', pushUrl({ ...server, token }, 'admin/parser', 'admin'), 'main');
    await page
      .getByRole('link', { name: /admin\/parser/ })
      .first()
      .click();
    await page.getByRole('link', { name: /#1/ }).first().click();
    await page.getByRole('link', { name: /unit/ }).first().click();
    await page.getByText('test 3 passed').first().waitFor();
    await picture('build-running');
    await writeFile(gate, '');
    await page.getByText('all tests passed', { exact: true }).first().waitFor();
    const build = await awaitBuild(clientOf({ ...server, token }), 'admin/parser', 1);
    assert.equal(build.status, 'success');
    await page
      .getByText(/passed/i)
      .first()
      .waitFor();
    await picture('build-page');
    await pictures('build', `/admin/parser/1/1/3`);
    await pictures('graph', `/admin/parser/1?view=graph`);
    await pictures('repository', '/admin/parser');
    await pictures('dashboard', '/');
    await pictures('account', '/account');
  });

  it('explain a broken pipeline file with line, column and remedy', async () => {
    await writeFile(
      join(copy.directory, '.drone.yml'),
      'kind: pipeline\ntype: exec\nname: a\nsteps:\n  - name: b\n    image: x\n    commands: [true]\n',
    );
    await copy.git('commit', '--quiet', '--all', '--message', 'Break it');
    await copy.git('push', pushUrl({ ...server, token }, 'admin/parser', 'admin'), 'main');
    await page.goto(`${server.url}/admin/parser/2`);
    for (const text of [/^\.drone\.yml:[56]:5$/, /cannot have an image/, /Remove the image/]) {
      await page.getByText(text).first().waitFor();
    }
    await pictures('findings', '/admin/parser/2');
  });

  it('complain about nothing on the console', () => {
    assert.deepEqual(complaints, []);
  });

  async function newPage(): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(PATIENCE_MS);
    return await context.newPage();
  }

  async function picture(name: string): Promise<void> {
    if (PICTURES === undefined) return;
    await mkdir(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  /** The three widths and two themes that every page has to look right in. */
  async function pictures(name: string, path: string): Promise<void> {
    if (PICTURES === undefined) return;
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [width, height] of [
        [360, 740],
        [1024, 768],
        [1600, 1000],
      ] as const) {
        await page.setViewportSize({ width, height });
        await page.goto(`${server.url}${path}`);
        await page.locator('h1').waitFor();
        if (name === 'graph')
          await page
            .getByRole('region', { name: /^Graph/ })
            .first()
            .waitFor();
        await picture(`${name}-${width}-${colorScheme}`);
      }
    }
    await page.emulateMedia({ colorScheme: null });
    await page.setViewportSize({ width: 1280, height: 800 });
  }
});
