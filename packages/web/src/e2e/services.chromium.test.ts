import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { becomes } from '@sortie/testing/becomes';
import type { Page } from 'playwright-core';
import { type Stage, startStage, violationsOf } from '../testing/browser.ts';
import { aRepo, aUser } from '../testing/sample.ts';
import { type Scene, workingDay } from '../testing/scene.ts';
import { gogsDay, type ServicesScene, unprovenHealth } from '../testing/services-scene.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

/** A working day on a server with Gogs. */
function gogsScene(fields: Partial<ServicesScene> = {}): Scene {
  const now = Math.floor(Date.now() / 1000);
  const scene = workingDay(now);
  const permissions = { read: true, write: true, admin: true };
  const idle = aRepo({ id: 50, name: 'idle', slug: 'octo/idle', active: false, permissions });
  return { ...scene, repos: [...scene.repos, idle], services: { ...gogsDay(now), ...fields } };
}

const PAGES: readonly { path: string; sign: string; isVisitor?: boolean }[] = [
  { path: '/login', sign: 'Continue with Example SSO', isVisitor: true },
  { path: '/welcome', sign: 'Continue with Example SSO', isVisitor: true },
  { path: '/login/error?code=service-setup', sign: 'refuses the settings', isVisitor: true },
  { path: '/account', sign: 'Old forge does not accept the token any more' },
  { path: '/octo/hello', sign: 'No webhook has arrived yet' },
  { path: '/octo/idle', sign: 'This repository is not active' },
  { path: '/octo/hello/settings', sign: 'LOCAL_NETWORK_ALLOWLIST' },
  { path: '/octo/hello/settings/deliveries', sign: 'No pipeline wants the event tag.' },
];

for (const { path, sign, isVisitor = false } of PAGES) {
  test(`[ui U99] [ui U103] ${path} of a server with Gogs is accessible and fits on a phone`, async (t) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const size = { width: colorScheme === 'light' ? 1280 : 320, height: 800 };
      const options = { colorScheme, viewport: size, scene: gogsScene(), isVisitor };
      const { page, complaints, strangers } = await stage.open(t, path, options);
      await page.getByText(sign).first().waitFor();
      await page.waitForFunction(() => document.querySelector('.skeleton') === null);
      for (const details of await page.locator('summary').all()) await details.click();
      assert.deepEqual(await violationsOf(page), [], colorScheme);
      await becomes(
        () => page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - window.innerWidth)),
        0,
      );
      assert.deepEqual([complaints, strangers], [[], []]);
    }
  });
}

test('[scm X16] signing in with Gogs by keyboard: what is missing and what is wrong has the focus, then the page follows', async (t) => {
  const path = '/login?next=%2Focto%2Fhello';
  const { page, server } = await stage.open(t, path, { scene: gogsScene(), isVisitor: true });
  const name = page.getByLabel('Username or e-mail address');
  const password = page.getByRole('textbox', { name: 'Password' });
  await name.focus();
  await page.keyboard.press('Enter');
  await page.getByText('Enter your name at Gogs.').waitFor();
  assert.equal(server.requests.includes('POST /login'), false);
  await hasFocus(page, 'username');
  assert.deepEqual(
    [await name.getAttribute('autocomplete'), await password.getAttribute('autocomplete')],
    ['username', 'current-password'],
  );
  await page.keyboard.type('mona');
  await page.keyboard.press('Tab');
  await page.keyboard.type('wrong');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('the password or the token is wrong').waitFor();
  await hasFocus(page, 'password');
  await becomes(() => password.inputValue(), '');
  assert.equal(await name.inputValue(), 'mona');
  await page.keyboard.type('right');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${server.url}/octo/hello`);
  await page.getByRole('link', { name: /#41/ }).waitFor();
});

test('the tab for access tokens is reached with the arrow keys and lets in', async (t) => {
  const { page, server } = await stage.open(t, '/login', { scene: gogsScene(), isVisitor: true });
  await page.getByRole('tab', { name: 'Password' }).focus();
  await page.keyboard.press('ArrowRight');
  await becomes(() => page.getByRole('tab', { name: 'Access token' }).getAttribute('aria-selected'), 'true');
  await page.keyboard.press('Tab');
  await hasFocus(page, 'token');
  await page.keyboard.type('good-token');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Repositories' }).waitFor();
  await becomes(() => page.url(), `${server.url}/`);
});

test('a service that does not answer is named, and the reason has the focus', async (t) => {
  const { page } = await stage.open(t, '/login', { scene: gogsScene(), isVisitor: true });
  await page.getByLabel('Username or e-mail address').fill('offline');
  await page.getByRole('textbox', { name: 'Password' }).fill('x');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('http://gogs.example.com').waitFor();
  await becomes(() => page.evaluate(() => document.activeElement?.getAttribute('role')), 'alert');
});

test('a single sign-on is a link that says where to go afterwards', async (t) => {
  const path = '/login?next=%2Focto%2Fhello';
  const { page } = await stage.open(t, path, { scene: gogsScene(), isVisitor: true });
  const link = page.getByRole('link', { name: 'Continue with Example SSO' });
  await becomes(() => link.getAttribute('href'), '/login/to/oidc?next=%2Focto%2Fhello');
});

test('accounts are linked and unlinked', async (t) => {
  const { page } = await stage.open(t, '/account', { scene: gogsScene() });
  await page.getByText('its token may do everything there').waitFor();
  const sso = page.getByRole('link', { name: 'Link an account at Example SSO' });
  assert.equal(await sso.getAttribute('href'), '/login/to/oidc?next=%2Faccount&link=true');
  await page.getByRole('button', { name: 'Link an account at Gogs' }).click();
  const dialog = page.getByRole('dialog', { name: 'Link an account at Gogs' });
  await dialog.getByRole('tab', { name: 'Access token' }).click();
  await dialog.getByLabel('Access token', { exact: true }).last().fill('good-token');
  await dialog.getByRole('button', { name: 'Link account' }).click();
  await page.getByRole('button', { name: 'Unlink lisa at Gogs' }).click();
  const question = page.getByRole('dialog', { name: 'Unlink lisa at Gogs?' });
  await question.getByRole('button', { name: 'Unlink account' }).click();
  await page.getByRole('button', { name: 'Unlink lisa at Gogs' }).waitFor({ state: 'hidden' });
});

test('an unproven repository says so above its builds and names the setting; a check is mended with a click', async (t) => {
  const { page, server } = await stage.open(t, '/octo/hello', { scene: gogsScene() });
  const banner = page.getByRole('region', { name: 'Connection to the Git service' });
  await banner.getByText('LOCAL_NETWORK_ALLOWLIST').waitFor();
  await banner.getByRole('link', { name: 'Show all checks' }).click();
  await page.getByText('Gogs has no commit statuses').waitFor();
  await page.getByRole('button', { name: 'Build what was missed' }).click();
  await page.getByText('moved at Gogs without a delivery').waitFor({ state: 'hidden' });
  const health = new Map([['octo/hello', { ...unprovenHealth, state: 'ok' as const, checks: [] }]]);
  server.scene = { ...server.scene, services: { ...server.scene.services, health } };
  await page.getByRole('button', { name: 'Check now' }).click();
  await page.getByRole('region', { name: 'Health' }).getByText('Healthy').waitFor();
  await page.getByRole('link', { name: 'Builds' }).click();
  await page.getByRole('link', { name: /#41/ }).waitFor();
  await banner.waitFor({ state: 'hidden' });
});

test('activating a repository shows at once what is not proven', async (t) => {
  const health = new Map([['octo/idle', unprovenHealth]]);
  const { page } = await stage.open(t, '/octo/idle', { scene: gogsScene({ health }) });
  await page.getByRole('button', { name: 'Activate' }).click();
  const banner = page.getByRole('region', { name: 'Connection to the Git service' });
  await banner.getByText('LOCAL_NETWORK_ALLOWLIST').waitFor();
  await page.getByRole('button', { name: 'Activate' }).waitFor({ state: 'hidden' });
});

test('a delivery is processed again, and what cannot be says why', async (t) => {
  const path = '/octo/hello/settings/deliveries';
  const { page } = await stage.open(t, path, { scene: gogsScene() });
  const items = page.locator('.delivery');
  await becomes(() => items.count(), 25);
  await page.getByText('Details of delivery 32').click();
  await page.getByText('x-gogs-event').first().waitFor();
  await page.getByRole('button', { name: 'Redeliver delivery 31' }).click();
  await page.getByRole('alert').getByText('Nothing can follow from this delivery.').waitFor();
  await page.getByRole('button', { name: 'Redeliver delivery 32' }).click();
  await page.getByText('Processed again as delivery 33: built, build #43').waitFor();
  await items.first().getByRole('link', { name: 'Build #43' }).waitFor();
  await page.getByRole('button', { name: 'Show older' }).click();
  await becomes(() => items.count(), 33);
  await page.getByRole('button', { name: 'Show older' }).waitFor({ state: 'hidden' });
});

test('the rules for forks are saved and kept', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/settings', { scene: gogsScene() });
  await page.getByRole('radio', { name: /^Always/ }).check();
  await page.getByRole('radio', { name: /^The target branch/ }).check();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  await page.reload();
  await becomes(() => page.getByRole('radio', { name: /^Always/ }).isChecked(), true);
  assert.equal(await page.getByRole('radio', { name: /^The target branch/ }).isChecked(), true);
});

test('the switch for builds of closed pull requests is saved at once and kept', async (t) => {
  const { page } = await stage.open(t, '/octo/hello/settings', { scene: gogsScene() });
  const toggle = page.getByRole('checkbox', { name: /^Cancel their builds/ });
  for (const isOn of [true, false]) {
    await becomes(() => toggle.isChecked(), !isOn);
    await toggle.click();
    await page.getByText('Saved.').waitFor();
    await page.reload();
    await becomes(() => toggle.isChecked(), isOn);
  }
});

test('a synchronisation under way tells how many repositories it has seen', async (t) => {
  const { page, server } = await stage.open(t, '/welcome', { scene: gogsScene() });
  server.user = aUser({ syncing: true, sync_seen: 120 });
  await page.goto(`${server.url}/`);
  await page.getByText('Looking for repositories at your Git services… 120 so far.').waitFor();
});

test('a failed synchronisation is told above the repositories and can be repeated', async (t) => {
  const { page, server } = await stage.open(t, '/welcome', { scene: gogsScene() });
  server.user = aUser({ sync_error: 'Gogs does not accept the token of mona any more.' });
  await page.goto(`${server.url}/`);
  await page.getByText('does not accept the token of mona any more').waitFor();
  await page.getByRole('button', { name: 'Synchronise again' }).click();
  await page.getByText('The list may be old.').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Synchronise', exact: true }).waitFor();
});

test('settings and deliveries do not exist for those who may only read', async (t) => {
  const scene = gogsScene();
  for (const path of ['/acme/fresh/settings', '/acme/fresh/settings/deliveries']) {
    const { page, server } = await stage.open(t, '/welcome', { scene });
    server.user = aUser();
    await page.goto(`${server.url}${path}`);
    await page.getByRole('heading', { name: 'There is nothing here', level: 1 }).waitFor();
  }
});

async function hasFocus(page: Page, name: string): Promise<void> {
  await becomes(() => page.evaluate(() => document.activeElement?.getAttribute('name')), name);
}
