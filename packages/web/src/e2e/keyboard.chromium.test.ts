import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { becomes } from '@sortie/testing/becomes';
import type { Page } from 'playwright-core';
import { type Stage, startStage } from '../testing/browser.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

function focusedId(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.id);
}

/** Presses Tab until an element with this name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let count = 0; count < 60; count += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement;
      return element?.getAttribute('aria-label') ?? element?.textContent ?? '';
    });
    if (name.test(focused)) return;
  }
  assert.fail(`nothing called ${name} can be reached`);
}

test('[ui U98] from the dashboard to a log by keyboard alone', async (t) => {
  const { page } = await stage.open(t, '/');
  await page.getByRole('link', { name: /octo\/hello/ }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('HELLO');
  await page.getByRole('link', { name: /octo\/broken/ }).waitFor({ state: 'hidden' });
  await tabTo(page, /octo\/hello/);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: /#41/ }).waitFor();
  await becomes(() => focusedId(page), 'main');
  await tabTo(page, /#41/);
  await page.keyboard.press('Enter');
  await page.getByText('✖ parses nested lists').waitFor();
  await page.keyboard.press('k');
  // The address changes before the page does, and keys go to the page that is shown.
  await page.locator('a[aria-current][href$="/octo/hello/41/1/2"]').first().waitFor();
  await page.keyboard.press('e');
  await page.locator('a[aria-current][href$="/octo/hello/41/1/3"]').first().waitFor();
  await page.keyboard.press('v');
  await page.getByRole('region', { name: 'Graph of verify, scrollable' }).waitFor();
  await page.keyboard.press('g');
  await page.keyboard.press('h');
  await page.getByRole('heading', { name: 'Repositories' }).waitFor();
});

test('[ui U53] the nodes of a graph are reached and opened by keyboard and say what comes before', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/42?view=graph');
  await page.getByRole('region', { name: 'Graph of verify, scrollable' }).waitFor();
  await page.getByRole('link', { name: /package.*, after lint, test/ }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/octo/hello/42/1/5');
});

test('[ui U97] the list of shortcuts opens with ? and can turn them off', async (t) => {
  const { page } = await stage.open(t, '/');
  await page.getByRole('link', { name: /octo\/hello/ }).waitFor();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await dialog.getByText('Go to repositories').waitFor();
  await dialog.getByLabel('Single keys work as shortcuts').uncheck();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.keyboard.press('/');
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'BODY');
});

test('[ui U101] a dialog holds the focus, closes with Esc and gives the focus back', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/42');
  const opener = page.getByRole('button', { name: 'Cancel build' });
  await opener.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  for (let count = 0; count < 5; count += 1) {
    await page.keyboard.press('Tab');
    // Between two rounds the browser's own controls may have the focus; the page behind never has.
    assert.equal(
      await page.evaluate(
        () => document.activeElement?.closest('dialog') !== null || document.activeElement === document.body,
      ),
      true,
    );
  }
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await becomes(() => opener.evaluate((button) => button === document.activeElement), true);
});

test('the first thing that Tab reaches leads past the navigation', async (t) => {
  const { page } = await stage.open(t, '/');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await becomes(() => focusedId(page), 'main');
});

test('a one-time link signs in after a click and leads to the dashboard', async (t) => {
  const { page, server } = await stage.open(t, '/login/link#good', { isVisitor: true });
  assert.equal(server.requests.includes('POST /login/link'), false);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Repositories' }).waitFor();
  await becomes(() => new URL(page.url()).hash, '');
  await page.goto(`${server.url}/login/link#used`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('unknown, used or expired').waitFor();
});

test('[ui U92] a token is made, shown once and deleted after a question', async (t) => {
  const { page } = await stage.open(t, '/account');
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.getByText('Give the token a name').waitFor();
  await page.getByLabel('Name').fill('robot');
  await page.getByLabel(/builds:read/).check();
  await becomes(() => page.getByLabel(/^all/).isChecked(), false);
  await page.getByRole('button', { name: 'Create token' }).click();
  await page.getByText('srt_new1_and_the_rest_of_it').waitFor();
  await page.getByRole('button', { name: 'Delete token robot' }).click();
  await page
    .getByRole('dialog', { name: 'Delete the token “robot”?' })
    .getByRole('button', { name: 'Delete token' })
    .click();
  await page.getByRole('button', { name: 'Delete token robot' }).waitFor({ state: 'hidden' });
  await page.reload();
  await page.getByRole('button', { name: 'Delete token laptop' }).waitFor();
  assert.equal(await page.getByText('srt_new1_and_the_rest_of_it').count(), 0);
});

test('[ui U05] signing out leads to the welcome page', async (t) => {
  const { page, server } = await stage.open(t, '/account');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/welcome');
  assert.equal(server.user, null);
});
