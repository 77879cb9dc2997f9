import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpWorld } from '@sortie/testing/http-world';

test('requests that differ anywhere in their query are not the same', async (t) => {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const headers = { ...(await world.bearer(await world.addUser())), 'idempotency-key': 'k' };
  const ask = async (query: string) => {
    const url = `/api/user/token?${query}`;
    return (await world.app.inject({ method: 'POST', url, headers })).statusCode;
  };
  assert.equal(await ask('note=why?A&b=1&b=2'), 200);
  assert.equal(await ask('b=1&b=2&note=why?A&access_token=x'), 200, 'the order of names does not count');
  assert.equal(await ask('note=why?B&b=1&b=2'), 422);
  assert.equal(await ask('note=why?A&b=2&b=1'), 422, 'the first value of a name counts');
});
