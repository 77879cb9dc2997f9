import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROUTES } from '@sortie/contract/routes';
import { ERROR_CODES } from '@sortie/core/errors';
import { SCOPES } from '@sortie/core/token';
import { createHttpWorld } from '@sortie/testing/http-world';

test('the reference page names every operation, scope and error, and needs nothing from elsewhere', async (t) => {
  const world = await createHttpWorld({ env: { DRONE_SERVER_HOST: 'ci.example.com' } });
  t.after(() => world.close());
  const answer = await world.app.inject('/docs/api');
  assert.equal(answer.statusCode, 200);
  assert.match(String(answer.headers['content-type']), /^text\/html/);
  assert.match(String(answer.headers['content-security-policy']), /default-src 'none'; style-src 'self'/);
  for (const { id } of ROUTES) assert.ok(answer.body.includes(`id="${id}"`), id);
  for (const scope of Object.keys(SCOPES)) assert.ok(answer.body.includes(`<code>${scope}</code>`), scope);
  for (const code of Object.keys(ERROR_CODES)) assert.ok(answer.body.includes(`id="error-${code}"`), code);
  assert.doesNotMatch(answer.body, /<script|style="|undefined|\[object/);
  const addresses = [...answer.body.matchAll(/(?:href|src)="([^"#][^"]*)"/g)].map(([, address]) => address);
  assert.deepEqual(
    addresses.filter((address) => !address?.startsWith('http://ci.example.com/')),
    [],
  );
});

test('every address within the page leads to something in it', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const { body } = await world.app.inject('/docs/api');
  const ids = new Set([...body.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  for (const [, target = ''] of body.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.has(target), target);
  assert.equal(ids.size, [...body.matchAll(/ id="([^"]+)"/g)].length, 'an id is there twice');
});

test('llms.txt lists every operation at both addresses', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const { body, headers } = await world.app.inject('/llms.txt');
  assert.match(String(headers['content-type']), /^text\/plain/);
  for (const { method, path } of ROUTES) assert.ok(body.includes(`- ${method} ${path}`), `${method} ${path}`);
  assert.equal((await world.app.inject('/docs/api/llms.txt')).body, body);
});

test('the style sheet is served with its own type', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const { headers, body } = await world.app.inject('/docs/api/style.css');
  assert.match(String(headers['content-type']), /^text\/css/);
  assert.match(body, /prefers-color-scheme: dark/);
});
