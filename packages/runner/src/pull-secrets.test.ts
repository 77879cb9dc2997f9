import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseImageName, registryHost } from '@sortie/engine/docker/image-name';
import { pullLogins } from '@sortie/pipeline/registries';

test('[pipeline 106] a login for https://index.docker.io/v1/ is used for an image without a registry', () => {
  const auth = Buffer.from('me:secret').toString('base64');
  const logins = pullLogins([
    JSON.stringify({ auths: { 'quay.io': { auth }, 'https://index.docker.io/v1/': { auth } } }),
  ]);
  const image = parseImageName('golang');
  const used = logins.find(({ address }) => registryHost(address) === image?.registry);
  assert.deepEqual(used, { address: 'https://index.docker.io/v1/', username: 'me', password: 'secret' });
});
