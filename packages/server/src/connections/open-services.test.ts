import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { parseConfig } from '../config.ts';
import { openServices } from './open-services.ts';

/** Whether a webhook of GitHub that is signed with SHA-1 alone is accepted under these settings. */
async function takesSha1(env: Readonly<Record<string, string>>): Promise<boolean> {
  const github = { DRONE_GITHUB_CLIENT_ID: 'id', DRONE_GITHUB_CLIENT_SECRET: 'secret' };
  const services = await openServices({
    config: parseConfig({ ...github, ...env }, () => '').services,
    connect: async ({ kind, name, url }) => ({ id: 2, kind, name, url }),
    serverHost: 'ci.example.test',
    logAnswer: () => undefined,
  });
  const driver = services.require(2).driver;
  const rawBody = Buffer.from('{"repository":{"id":7,"full_name":"acme/rocket"}}');
  const signature = createHmac('sha1', 'key').update(rawBody).digest('hex');
  const headers = { 'x-github-event': 'push', 'x-hub-signature': `sha1=${signature}` };
  const opened = driver.openWebhook({ headers, rawBody });
  services.close();
  return opened.kind === 'opened' && driver.verifyWebhook(opened, ['key'], 0) !== undefined;
}

test('[scm V17] [scm X3] SHA-1 alone counts at GitHub with SORTIE_GITHUB_SHA1, and by default not', async () => {
  assert.equal(await takesSha1({}), false);
  assert.equal(await takesSha1({ SORTIE_GITHUB_SHA1: 'true' }), true);
});
