import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { becomes } from '@sortie/testing/becomes';
import { type Stage, startStage, violationsOf } from '../testing/browser.ts';
import { workingDay } from '../testing/scene.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

/** Addresses, and what their pages show when everything is there. */
const PAGES: readonly (readonly [path: string, sign: string])[] = [
  ['/', 'a-repository-with-quite-a-long-name-that-must-not-break-the-row'],
  ['/octo/hello', 'Teach the parser about nested lists'],
  ['/acme/fresh', 'Nothing built yet'],
  ['/octo/hello/42', 'test 120'],
  ['/octo/hello/42?view=graph', 'Graph of verify'],
  ['/octo/hello/41', '✖ parses nested lists'],
  ['/octo/hello/42/4', 'verify and arm64 must end first.'],
  ['/octo/broken/1', '"comands" is not a key of a step.'],
  ['/account', 'release robot'],
  ['/welcome', 'Sign in with a link'],
  ['/login/link#good', 'It works once.'],
  ['/nope/nope', 'There is nothing here'],
];

for (const [path, sign] of PAGES) {
  test(`[ui U99] [ui U108] ${path} has no accessibility violation in either theme and keeps the policy`, async (t) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, complaints, strangers } = await stage.open(t, path, { colorScheme });
      await page.getByText(sign).first().waitFor();
      await page.waitForFunction(() => document.querySelector('.skeleton') === null);
      assert.deepEqual(await violationsOf(page), [], colorScheme);
      assert.deepEqual(complaints, []);
      assert.deepEqual(strangers, []);
      await becomes(() => page.locator('h1').count(), 1);
    }
  });

  test(`[ui U103] ${path} needs no sideways scrolling at 320 pixels, also with larger text spacing`, async (t) => {
    const { page } = await stage.open(t, path, { viewport: { width: 320, height: 640 } });
    await page.getByText(sign).first().waitFor();
    await page.evaluate(() => {
      const { style } = document.documentElement;
      style.lineHeight = '1.5';
      style.letterSpacing = '0.12em';
      style.wordSpacing = '0.16em';
    });
    const widerPx = () =>
      page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth));
    await becomes(widerPx, 0);
  });
}

test('[ui U106] buttons and links are at least 24 pixels high or stand free', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/42', { viewport: { width: 360, height: 700 } });
  await page.getByText('test 120').waitFor();
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button, a, input, select')]
      .filter((element) => element.checkVisibility() && !element.matches('.skip, .log-number, .log-text a'))
      .filter((element) => element.getBoundingClientRect().height < 23.5)
      .map((element) => element.outerHTML),
  );
  assert.deepEqual(small, []);
});

test('[ui U107] the first load stays within 110 kB of script and 20 kB of style', async () => {
  const html = await readFile(join(stage.distPath, 'index.html'), 'utf8');
  const size = async (pattern: RegExp) => {
    let bytes = 0;
    for (const [, file = ''] of html.matchAll(pattern)) {
      bytes += gzipSync(await readFile(join(stage.distPath, file))).length;
    }
    return bytes;
  };
  const script = await size(/(?:src|href)="\.(\/assets\/[^"]+\.js)"/g);
  const style = await size(/href="\.(\/assets\/[^"]+\.css)"/g);
  assert.ok(script > 50_000 && script <= 110_000, `${script} bytes of script`);
  assert.ok(style > 1_000 && style <= 20_000, `${style} bytes of style`);
});

test('[ui U107] the build page adds at most 45 kB and the graph 40 kB', async () => {
  const files = await readdir(join(stage.distPath, 'assets'));
  for (const [name, limit] of [
    ['build-', 45_000],
    ['build-graph-', 40_000],
  ] as const) {
    const file = files.find((each) => each.startsWith(name) && each.endsWith('.js')) ?? '';
    assert.ok(gzipSync(await readFile(join(stage.distPath, 'assets', file))).length <= limit, file);
  }
});

test('[ui U20] a stored theme applies before anything is painted, and can go back to the system', async (t) => {
  const { page } = await stage.open(t, '/', { colorScheme: 'light' });
  await page.getByRole('button', { name: 'system theme, change to light' }).click();
  await page.getByRole('button', { name: 'light theme, change to dark' }).click();
  await page.route('**/*.js', (route) =>
    route.request().url().includes('/theme-') ? route.continue() : route.abort(),
  );
  await page.reload();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark');
  await page.unroute('**/*.js');
  await page.reload();
  await page.getByRole('button', { name: 'dark theme, change to system' }).click();
  await becomes(() => page.evaluate(() => document.documentElement.dataset.theme), undefined);
});

test('[ui U104] with reduced motion nothing turns', async (t) => {
  const { page } = await stage.open(t, '/', { reducedMotion: 'reduce' });
  const duration = await page
    .locator('.spin')
    .first()
    .evaluate((icon) => getComputedStyle(icon).animationDuration);
  assert.equal(duration, '0s');
});

test('[ui U01] a visitor of the dashboard is told how to get in', async (t) => {
  const { page } = await stage.open(t, '/', { isVisitor: true });
  await page.getByRole('heading', { name: 'Sign in with a link' }).waitFor();
});

test('[ui U04] [scm X15] nothing of an address is written on the page of a failed sign-in', async (t) => {
  const bold = encodeURIComponent('<b>bold</b>');
  const path = `/login/error?message=${bold}&code=${bold}`;
  const { page } = await stage.open(t, path, { isVisitor: true });
  await page.getByRole('alert').getByText('The sign-in did not work.').waitFor();
  assert.equal(await page.getByText('bold').count(), 0);
});

test('[ui U08] what does not exist and what is hidden look the same', async (t) => {
  const { page } = await stage.open(t, '/octo/secret');
  const heading = page.getByRole('heading', { name: 'There is nothing here', level: 1 });
  await heading.waitFor();
  const hidden = await page.locator('main').textContent();
  await page.goto(new URL('/nope', page.url()).href);
  await heading.waitFor();
  await becomes(() => page.locator('main').textContent(), hidden);
});

test('an account without repositories sees what to push, with the address of this server', async (t) => {
  const scene = { ...workingDay(1_700_000_000), repos: [] };
  const { page, server } = await stage.open(t, '/', { scene });
  await page.getByText(`${server.url}/git/mona/my-project.git`).waitFor();
  await becomes(() => page.locator('.snippet-lines li').count(), 3);
});

test('[ui U112] a page whose data cannot be read says so, names the request and tries again', async (t) => {
  const { page } = await stage.open(t, '/welcome');
  await page.route('**/api/user/repos?latest=true', (route) =>
    route.fulfill({
      status: 500,
      headers: { 'x-request-id': 'req-77' },
      json: { message: 'The database does not answer.' },
    }),
  );
  await page.goto(new URL('/', page.url()).href);
  const alert = page.getByRole('alert');
  await alert.getByText('The database does not answer.').waitFor();
  await alert.getByText('Request req-77').waitFor();
  await page.unroute('**/api/user/repos?latest=true');
  await alert.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('link', { name: /octo\/hello/ }).waitFor();
});
