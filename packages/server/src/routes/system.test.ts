import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpWorld } from '@sortie/testing/http-world';

test('anybody may read the JSON Schema of pipeline files, pages of other sites included', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const answer = await world.app.inject('/schema/drone.json');
  assert.equal(answer.statusCode, 200);
  assert.match(String(answer.headers['content-type']), /^application\/schema\+json/);
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.equal(answer.json().$schema, 'http://json-schema.org/draft-07/schema#');
});
