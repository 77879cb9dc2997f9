import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Build } from '@sortie/sdk/types';
import { becomes } from '@sortie/testing/becomes';
import { type Stage, startStage } from '../testing/browser.ts';
import type { FixtureServer } from '../testing/fixture-server.ts';
import { aBuild } from '../testing/sample.ts';

let stage: Stage;
before(async () => {
  stage = await startStage();
});
after(() => stage.close());

const NOW = Math.floor(Date.now() / 1000);

function newestBuild({ scene }: FixtureServer): Build {
  const build = scene.builds.get('octo/hello')?.[0];
  if (build === undefined) throw new Error('the scene has no build of octo/hello');
  return build;
}

test('[ui U17] a build that starts elsewhere appears on the dashboard without reloading', async (t) => {
  const { page, server } = await stage.open(t, '/');
  await page.getByRole('link', { name: /acme\/fresh/ }).waitFor();
  await server.listened();
  server.publish(
    'acme/fresh',
    aBuild({ id: 5_000, number: 1, status: 'running', message: 'First flight', created: NOW }),
  );
  await page.getByRole('link', { name: /running.*acme\/fresh.*First flight/ }).waitFor();
});

test('[ui U26] a new build is put on top of the list of builds once', async (t) => {
  const { page, server } = await stage.open(t, '/octo/hello');
  await page.getByRole('link', { name: /#42/ }).waitFor();
  const build = aBuild({
    id: 5_001,
    number: 43,
    status: 'pending',
    message: 'Fresh',
    created: NOW,
    started: 0,
    finished: 0,
  });
  await server.listened();
  server.publish('octo/hello', build);
  server.publish('octo/hello', { ...build, status: 'running', version: build.version + 1 });
  await page.getByRole('link', { name: /#43 Fresh.*running/ }).waitFor();
  await becomes(() => page.getByRole('link', { name: /#43/ }).count(), 1);
});

test('[ui U79] [ui U100] the end of an open build is shown in title and icon and spoken once', async (t) => {
  const { page, server } = await stage.open(t, '/octo/hello/42');
  await page.waitForFunction(() => document.title === 'running: #42 · octo/hello – Sortie');
  const build = newestBuild(server);
  await server.listened();
  server.publish('octo/hello', { ...build, status: 'success', finished: NOW, version: build.version + 1 });
  await page.getByTestId('announcer').getByText('Build 42 of octo/hello: passed').waitFor();
  await becomes(() => page.title(), 'passed: #42 · octo/hello – Sortie');
  await page.locator('link[rel="icon"][href*="passed"]').waitFor({ state: 'attached' });
  await page.getByRole('link', { name: 'Sortie, repositories' }).click();
  await page.waitForFunction(() => document.title === 'Repositories – Sortie');
  await page.locator('link[rel="icon"][href*="idle"]').waitFor({ state: 'attached' });
});

test('[ui U77] a lost stream is shown, pages ask by themselves, and the stream comes back', async (t) => {
  const { page, server } = await stage.open(t, '/octo/hello/42');
  await page.getByText('test 120').waitFor();
  server.dropStreams(true);
  await page.locator('.link-chip', { hasText: 'Reconnecting' }).waitFor();
  const build = newestBuild(server);
  const ended = { ...build, status: 'failure' as const, finished: NOW, version: build.version + 1 };
  server.scene = { ...server.scene, builds: new Map([['octo/hello', [ended]]]) };
  await page.locator('.facts').getByText('failed').waitFor();
  server.dropStreams(false);
  await page.locator('.link-chip', { hasText: 'Reconnecting' }).waitFor({ state: 'hidden' });
});

test('[ui U109] without a network the page says so and keeps its data', async (t) => {
  const { page } = await stage.open(t, '/');
  await page.getByRole('link', { name: /octo\/hello/ }).waitFor();
  await page.context().setOffline(true);
  await page.getByText('Offline').waitFor();
  assert.equal(await page.getByRole('link', { name: /octo\/hello/ }).isVisible(), true);
  await page.context().setOffline(false);
  await page.getByText('Offline').waitFor({ state: 'hidden' });
});

test('[ui U78] two tabs share one stream', async (t) => {
  const { page, server } = await stage.open(t, '/');
  await page.getByRole('link', { name: /octo\/hello/ }).waitFor();
  const second = await page.context().newPage();
  await second.goto(server.url);
  await second.getByRole('link', { name: /acme\/fresh/ }).waitFor();
  await server.listened();
  server.publish(
    'acme/fresh',
    aBuild({ id: 5_002, number: 1, status: 'running', message: 'For both', created: NOW }),
  );
  await page.getByText('For both').waitFor();
  await second.getByText('For both').waitFor();
  assert.equal(server.requests.filter((request) => request === 'GET /api/stream').length, 1);
});

test('[ui U40] cancelling asks first, then shows what the server answered', async (t) => {
  const { page, server } = await stage.open(t, '/octo/hello/42');
  await page.getByRole('button', { name: 'Cancel build' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel build #42 of octo/hello?' });
  await dialog.getByRole('button', { name: 'Let it run' }).click();
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(
    server.requests.some((request) => request.startsWith('DELETE')),
    false,
  );
  await page.getByRole('button', { name: 'Cancel build' }).click();
  await dialog.getByRole('button', { name: 'Cancel build' }).click();
  await page.locator('.facts').getByText('cancelled').waitFor();
  await becomes(() => page.getByRole('button', { name: 'Cancel build' }).count(), 0);
});

test('[ui U07] when the session ends in the middle the page says how to come back', async (t) => {
  const { page, server } = await stage.open(t, '/octo/hello');
  await page.getByRole('link', { name: /#42/ }).waitFor();
  server.user = null;
  await page.getByRole('link', { name: 'Repos', exact: true }).click();
  await page.getByText('your session has ended').waitFor();
});
