import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signJwt } from '../../auth/legacy-jwt.ts';
import { updateRepo } from '../../store/repos.ts';
import { openHookWorld, PIPELINE } from '../hook-world.fixture.ts';

for (const url of ['/api/hook', '/v0/hook', '/v0/api/hook']) {
  test(`at ${url} a genuine webhook builds, by its token or by its signature`, async (t) => {
    const world = await openHookWorld(t);
    const { gogs, signer, db, repo } = world;
    const hooks = gogs.state.repos[0]?.hooks.splice(0) ?? [];
    assert.equal(hooks.length, 1);
    const push = world.pushOf(gogs.push('ada/demo', { files: { '.drone.yml': PIPELINE } }));
    const token = signJwt({ type: 'hook', text: 'ada/demo' }, signer);
    const unsigned = { 'x-gogs-signature': undefined };
    const send = (body: unknown, at = `${url}?access_token=${token}`) =>
      world.post('push', body, { url: at, headers: unsigned });
    const built = await send(push);
    assert.deepEqual(
      [built.statusCode, built.json<{ number: number }>().number, 'jobs' in built.json<object>()],
      [200, 1, false],
    );
    const signed = await world.post('push', push, { url });
    assert.equal(signed.json<{ number: number }>().number, 2);
    assert.equal((await send(push, `${url}?access_token=x.y.z`)).statusCode, 400);
    assert.equal((await send(push, url)).statusCode, 400);
    const skipping = { ...push, commits: [{ id: push.after, message: '[ci skip]' }] };
    assert.equal((await send(skipping)).statusCode, 204);
    const ignored = await send({ ...push, ref: 'refs/notes/x' });
    assert.deepEqual([ignored.statusCode, ignored.body], [200, '']);
    await updateRepo(db, repo.id, { isActive: false });
    assert.equal((await send(push)).statusCode, 404);
  });
}
