import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from './config.ts';
import { serviceWarnings } from './service-warnings.ts';

const at = (url: string, skipsVerify: boolean) => ({
  connection: { id: 2, kind: 'gogs', name: 'gogs', url } as const,
  skipsVerify,
  title: 'Gogs',
});
const HOOK = 'https://ci.example.com/hook';

test('[scm X38] a certificate that is not checked is warned of at the start, loudly for a public host', () => {
  assert.deepEqual(serviceWarnings(at('https://git.example.com/', false), HOOK), []);
  const [loud] = serviceWarnings(at('https://git.example.com/', true), HOOK);
  assert.match(loud ?? '', /^THE CERTIFICATE OF GOGS .* IS NOT CHECKED: .* SORTIE_SERVICE_CA/);
  const [plain] = serviceWarnings(at('https://10.1.2.3/', true), HOOK);
  assert.match(plain ?? '', /^The certificate of Gogs .* is not checked/);
});

test('[scm X38] no setting leaves a certificate unchecked by default', () => {
  const env = {
    DRONE_GOGS_SERVER: 'https://git.example.com',
    DRONE_GITHUB_CLIENT_ID: 'x',
    DRONE_GITHUB_CLIENT_SECRET: 'y',
  };
  const { services } = parseConfig(env, () => '').services;
  assert.deepEqual(
    services.map(({ skipsVerify }) => skipsVerify),
    [false, false],
  );
});

test('webhooks that travel unencrypted over public networks are warned of', () => {
  const gogs = at('https://git.example.com/', false);
  assert.match(serviceWarnings(gogs, 'http://ci.example.com/hook').join(), /DRONE_SERVER_PROTO=https/);
  assert.deepEqual(serviceWarnings(gogs, 'http://ci:8080/hook'), []);
  assert.deepEqual(serviceWarnings(gogs, 'http://192.168.1.2/hook'), []);
});
