import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeService } from './probe.ts';
import type { Wire } from './wire.ts';

function answering(body: string, headers: Readonly<Record<string, string>> = {}) {
  const seen: string[] = [];
  const wire: Wire = async (url, init) => {
    seen.push(url.href);
    assert.deepEqual(Object.keys(init.headers), ['accept'], 'no credentials are sent');
    return {
      status: 200,
      headers: new Headers(headers),
      body: (async function* () {
        yield Buffer.from(body);
      })(),
    };
  };
  return { wire, seen, base: 'http://git.test/sub', timeout: 60_000 };
}

test('each service is asked where it tells strangers its version', async () => {
  const gitea = answering('{"version":"1.22.3+dev"}', { date: 'Sat, 21 Nov 2026 20:00:00 GMT' });
  assert.deepEqual(await probeService({ kind: 'gitea', ...gitea }), {
    status: 200,
    version: '1.22.3+dev',
    dateMs: Date.parse('2026-11-21T20:00:00Z'),
  });
  assert.deepEqual(gitea.seen, ['http://git.test/sub/api/v1/version']);
  const github = answering('<html>', { 'x-github-enterprise-version': '3.14' });
  assert.deepEqual(await probeService({ kind: 'github', ...github }), { status: 200, version: '3.14' });
  const stash = answering('{"version":"8.9.0","displayName":"Bitbucket"}');
  assert.equal((await probeService({ kind: 'stash', ...stash })).version, '8.9.0');
});

test('a page, a strange version and an endless answer tell nothing', async () => {
  const page = answering('<html>Gogs</html>');
  assert.deepEqual(await probeService({ kind: 'gogs', ...page }), { status: 200, version: '' });
  const odd = answering('{"version":"<script>"}');
  assert.equal((await probeService({ kind: 'gitea', ...odd })).version, '');
  const large = answering(`{"version":"1","x":"${'x'.repeat(200_000)}`);
  assert.equal((await probeService({ kind: 'gitea', ...large })).version, '');
});
