import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { ROUTES } from '@sortie/contract/routes';
import { ERROR_CODES } from '@sortie/core/errors';
import { createHttpWorld } from '@sortie/testing/http-world';
import { renderConfigPage } from './config-page.ts';
import { renderOpenApi } from './openapi.ts';

const DOCS = new URL('../../../docs/', import.meta.url);

function readDocs(name: string): Promise<string> {
  return readFile(new URL(name, DOCS), 'utf8');
}

test('the server answers the document at both addresses, with its own address in it', async (t) => {
  const world = await createHttpWorld({
    env: { DRONE_SERVER_HOST: 'ci.example.com', DRONE_SERVER_PROTO: 'https' },
  });
  t.after(() => world.close());
  const answer = await world.app.inject('/api/openapi.json');
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), JSON.parse((await world.app.inject('/openapi.json')).body));
  assert.deepEqual(answer.json().servers, [{ url: 'https://ci.example.com' }]);
});

test('document and server have the same routes', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const { paths } = renderOpenApi({ version: '0.1.0' }) as unknown as { paths: Record<string, object> };
  const documented = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.equal(documented.length, ROUTES.length);
  for (const { method, path } of ROUTES) {
    assert.ok(world.app.hasRoute({ method, url: path }), path);
    const plain = path.replace(/:(\w+)/g, '{$1}').replace(/\*$/, '{rest}');
    assert.ok(documented.includes(`${method} ${plain}`), path);
  }
});

test('every operation has its own id, and every reference leads to a schema', () => {
  const text = JSON.stringify(renderOpenApi({ version: '0.1.0' }));
  const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ROUTES.length);
  const { components } = JSON.parse(text) as { components: { schemas: Record<string, object> } };
  for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    assert.ok(Object.keys(components.schemas[name] ?? {}).length > 0, name);
  }
});

test('table, page and document name the same error codes', async () => {
  const table = Object.entries(ERROR_CODES).map(
    ([code, { status, summary }]) => `${code} ${status} ${summary}`,
  );
  const page = [...(await readDocs('errors.md')).matchAll(/^\| `([\w-]+)` +\| (\d+) +\| (.+?) +\|$/gm)].map(
    ([, code, status, summary]) => `${code} ${status} ${summary}`,
  );
  assert.deepEqual(page, table);
  const document = JSON.parse(await readDocs('openapi.json')) as {
    components: { schemas: { Problem: { properties: { error_code: { enum: string[] } } } } };
  };
  assert.deepEqual(document.components.schemas.Problem.properties.error_code.enum, Object.keys(ERROR_CODES));
});

test('the generated pages are those of this source', async () => {
  assert.equal(await readDocs('configuration.md'), renderConfigPage());
  const document = JSON.parse(await readDocs('openapi.json')) as { info: { version: string } };
  const { version } = document.info;
  assert.deepEqual(document, JSON.parse(JSON.stringify(renderOpenApi({ version }))));
});
