import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PATIENCE_MS } from '@sortie/testing/becomes';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { type FixtureServer, startFixtureServer } from './fixture-server.ts';
import { type Scene, workingDay } from './scene.ts';

/** A browser and a freshly built interface; both are shared by the tests of a file. */
export interface Stage {
  readonly distPath: string;
  /** A page and a server of their own; both end with the test. */
  open(t: TestContext, path: string, options?: OpenOptions): Promise<Scenery>;
  close(): Promise<void>;
}

export interface OpenOptions extends BrowserContextOptions {
  readonly scene?: Scene;
  readonly isVisitor?: boolean;
}

export interface Scenery {
  readonly page: Page;
  readonly server: FixtureServer;
  /** Errors that the page wrote to its console, violations of the content security policy among them. */
  readonly complaints: string[];
  /** Requests to anybody but the server. */
  readonly strangers: string[];
}

/** Builds the interface into a temporary folder and starts Chromium. Fails when there is none. */
export async function startStage(): Promise<Stage> {
  const distPath = await mkdtemp(join(tmpdir(), 'sortie-web-'));
  const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url));
  await build({ configFile, logLevel: 'error', build: { outDir: distPath } });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    // Tests need no graphics; what stands in for the hardware is suspected of having held a page up for minutes.
    args: ['--no-sandbox', '--disable-gpu'],
    timeout: PATIENCE_MS,
  });
  return {
    distPath,
    open: (t, path, options = {}) => openPage({ browser, distPath, t }, path, options),
    async close() {
      await browser.close();
      await rm(distPath, { recursive: true, force: true });
    },
  };
}

async function openPage(
  { browser, distPath, t }: { readonly browser: Browser; readonly distPath: string; readonly t: TestContext },
  path: string,
  { scene, isVisitor, ...options }: OpenOptions,
): Promise<Scenery> {
  const server = await startFixtureServer(scene ?? workingDay(Math.floor(Date.now() / 1000)), distPath);
  if (isVisitor === true) server.user = null;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  t.after(async () => {
    await context.close();
    await server.close();
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  page.on('console', (message) => {
    // Chromium also reports every answer of 400 and above, which tests provoke on purpose.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url)) strangers.push(request.url());
  });
  await page.goto(`${server.url}${path}`);
  await page.locator('h1').waitFor();
  return { page, server, complaints, strangers };
}

/** What axe-core has to say about the page: one line per violation. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  const source = await readFile(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
  await page.evaluate(source);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: AxeViolation[] }> } };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  });
}

interface AxeViolation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}
