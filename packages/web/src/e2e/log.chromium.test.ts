import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { becomes } from '@sortie/testing/becomes';
import type { Locator, Page } from 'playwright-core';
import { type Stage, startStage } from '../testing/browser.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

/** Pixels below the window of the log. */
function distanceToEnd(log: Locator): Promise<number> {
  return log.evaluate(({ scrollHeight, scrollTop, clientHeight }) =>
    Math.round(scrollHeight - scrollTop - clientHeight),
  );
}

function rowCount(page: Page): Promise<number> {
  return page.locator('.log-row').count();
}

/** Waits for the text; a failure says where the window of the log was meanwhile. */
async function seen(page: Page, text: string): Promise<void> {
  try {
    await page.getByText(text).waitFor();
  } catch (error) {
    const answer = page.locator('.log-scroll').evaluate((log) => {
      const { scrollTop, scrollHeight, clientHeight, clientWidth, scrollWidth } = log;
      const rows = [...log.querySelectorAll('.log-number')].map((row) => row.getAttribute('data-number'));
      const pressed = [...document.querySelectorAll('button[aria-pressed="true"]')].map(
        (one) => one.ariaLabel,
      );
      const { height } = log.querySelector<HTMLElement>('.log-content')?.style ?? {};
      const sizes = { scrollTop, scrollHeight, clientHeight, clientWidth, scrollWidth, height };
      return JSON.stringify({ ...sizes, first: rows[0], last: rows.at(-1), drawn: rows.length, pressed });
    });
    const [state] = await Promise.allSettled([answer]);
    const place = state.status === 'fulfilled' ? state.value : String(state.reason);
    throw new Error(`${text} was not shown: ${place}`, { cause: error });
  }
}

test('[ui U35] [ui U63] a failed build opens at the end of its failing step, in colour', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/41');
  await page.getByRole('heading', { name: 'test', exact: true }).waitFor();
  const failed = page.locator('.log-row', { hasText: '✖ parses nested lists' });
  await failed.waitFor();
  assert.notEqual(
    await failed
      .locator('span[style]')
      .first()
      .evaluate((span) => getComputedStyle(span).color),
    await page.locator('.log-scroll').evaluate((log) => getComputedStyle(log).color),
  );
  await page.getByText('exit code 1').waitFor();
});

test('[ui U66] hostile output stays text', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/41');
  await page.getByText('<script>alert(1)</script>').waitFor();
  assert.equal(await page.locator('.log-text script, .log-text a[href^="javascript"]').count(), 0);
  await becomes(
    () => page.locator('.log-text a').evaluateAll((links) => links.map((link) => link.getAttribute('href'))),
    ['https://example.com/docs/nested?case=88'],
  );
});

test('[ui U64] [ui U65] a running log follows, pauses when scrolled up, counts what is new and resumes with End', async (t) => {
  const { page, server } = await stage.open(t, '/octo/hello/42/1/4');
  await page.getByText('test 120').waitFor();
  await page.getByText('live', { exact: true }).waitFor();
  server.writeLine('line 121');
  await page.getByText('line 121').waitFor();
  const log = page.locator('.log-scroll');
  await log.hover();
  await becomes(() => distanceToEnd(log), 0);
  await page.mouse.wheel(0, -600);
  const follow = page.getByRole('button', { name: 'Follow the end', pressed: false });
  await follow.waitFor();
  // The browser scrolls smoothly: following pauses at the first step of many.
  await becomes(() => distanceToEnd(log), 600);
  const top = await log.evaluate((element) => element.scrollTop);
  server.writeLine('line 122');
  server.writeLine('line 123');
  await page.getByRole('button', { name: '2 new lines' }).waitFor();
  assert.equal(await log.evaluate((element) => element.scrollTop), top);
  await log.focus();
  await page.keyboard.press('End');
  await page.getByText('line 123').waitFor();
  server.endLog();
  await page.getByText('live', { exact: true }).waitFor({ state: 'hidden' });
  await becomes(
    () => page.locator('.log-row').last().locator('.log-number').getAttribute('data-number'),
    '123',
  );
});

test('[ui U77] a log that was cut off goes on without losing or repeating a line', async (t) => {
  const { page, server } = await stage.open(t, '/octo/hello/42/1/4');
  await page.getByText('live', { exact: true }).waitFor();
  server.dropStreams(false);
  server.writeLine('after the cut');
  await page.getByText('after the cut').waitFor();
  await becomes(() => page.getByText('121 lines').count(), 1);
});

test('[ui U67] [ui U68] two hundred thousand lines open at the end, stay bounded and reach line 1', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/40/1/1');
  await page.getByText('200,000 lines').waitFor();
  await seen(page, '0200000 the quick');
  assert.ok((await rowCount(page)) <= 300);
  await page.getByLabel('Jump to line').fill('1');
  await page.keyboard.press('Enter');
  await page.getByText('0000001 the quick').waitFor();
  assert.ok((await rowCount(page)) <= 300);
});

test('[ui U69] a line address scrolls to its lines and marks them; shift adds to them', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/40/1/1#L1000-L1002');
  await page.getByText('0001001 the quick').waitFor();
  await becomes(() => page.locator('.log-row[data-selected]').count(), 3);
  await page.getByLabel('Line 1005', { exact: true }).click({ modifiers: ['Shift'] });
  await becomes(() => new URL(page.url()).hash, '#L1000-L1005');
  await becomes(() => page.locator('.log-row[data-selected]').count(), 6);
});

test('[ui U70] a search counts, steps and marks', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/41/1/3');
  await page.locator('.log-row').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('case 12');
  await page.getByText('11 lines').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('1 of 11').waitFor();
  await page.locator('mark', { hasText: 'case 12' }).first().waitFor();
  await page.keyboard.press('Shift+Enter');
  await page.getByText('11 of 11').waitFor();
});

test('[ui U74] copied lines come without numbers', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/41/1/1');
  await page.getByText('git fetch').waitFor();
  const text = await page.evaluate(() => {
    const log = document.querySelector('.log-rows');
    if (log === null) return '';
    getSelection()?.selectAllChildren(log);
    return getSelection()?.toString() ?? '';
  });
  assert.match(text, /^\+ git fetch origin/);
  assert.doesNotMatch(text, /\b2\b/);
});

test('[ui U75] wrapping is remembered and leaves nothing to scroll sideways', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/41/1/3', { viewport: { width: 360, height: 700 } });
  const log = page.locator('.log-scroll');
  await page.getByText('✖ parses nested lists').waitFor();
  await becomes(() => log.evaluate((element) => element.scrollWidth <= element.clientWidth), true);
  await page.getByRole('button', { name: 'Wrap long lines' }).click();
  await page.reload();
  await page.getByRole('button', { name: 'Wrap long lines', pressed: false }).waitFor();
});

test('[ui U76] steps without a log say why', async (t) => {
  const cases = [
    ['/octo/hello/42/1/5', 'It begins after test.'],
    ['/octo/hello/42/3', 'It needs a free runner for docker, linux/arm64.'],
    ['/octo/hello/42/4', 'verify and arm64 must end first.'],
    ['/octo/hello/41/1/4', 'It runs only while everything before it passes, and test failed.'],
    ['/octo/hello/40/1/2', 'The step ended without writing anything.'],
    ['/octo/hello/39/1/1', 'The log is gone'],
  ] as const;
  for (const [path, text] of cases) {
    const { page } = await stage.open(t, path);
    await page.getByText(text).waitFor();
  }
});

test('[ui U73] the download has the raw log under a telling name', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/41/1/3');
  const started = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download' }).click();
  assert.equal((await started).suggestedFilename(), 'logs_octo_hello_41_1_3.log');
});
