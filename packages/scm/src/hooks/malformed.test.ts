import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deliver, firstBuild, pushOf, SERVICES, summary } from './test-deliveries.ts';

for (const service of SERVICES) {
  describe(`malformed deliveries of ${service.name}`, () => {
    const { event, body } = pushOf(service);
    const good = JSON.stringify(body);
    const send = (text: string | Uint8Array, headers: Record<string, string> = {}) =>
      summary(deliver(service, event, text, { headers }));

    it('[scm P1] [scm P2] [scm P3] a body that is no JSON object is refused', () => {
      for (const text of ['', '{', `${good}x`, `${good}{}`, '[]', 'null', '7', '"x"', 'true'])
        assert.equal(send(text), 'refused', text.slice(0, 20));
    });

    it('[scm P4] a byte order mark is refused, broken UTF-8 inside of a text is not', () => {
      assert.equal(send(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(good)])), 'refused');
      const broken = Buffer.from(JSON.stringify({ ...body, note: 'X' }));
      broken[broken.lastIndexOf('X')] = 0xff;
      assert.equal(send(broken), 'build');
    });

    it('[scm P7] [scm P10] no content type is JSON, a compressed body is refused', () => {
      assert.equal(send(good), 'build');
      const outcome = deliver(service, event, good, { headers: { 'content-encoding': 'gzip' } });
      assert.partialDeepStrictEqual(outcome, { kind: 'refused', status: 415 });
    });

    it('[scm P8] [scm X11] a body of 10 MiB is read, one byte more is refused', () => {
      const pad = 10 * 1024 * 1024 - Buffer.byteLength(JSON.stringify({ ...body, pad: '' }));
      const full = JSON.stringify({ ...body, pad: 'x'.repeat(pad) });
      assert.equal(send(full), 'build');
      assert.partialDeepStrictEqual(deliver(service, event, `${full} `), { kind: 'refused', status: 413 });
    });

    it('[scm P11] [scm X11] 100,000 nested arrays are refused without running out of stack', () => {
      assert.equal(send(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 'refused');
      assert.equal(send(`{"a":${'['.repeat(100_000)}`), 'refused');
      const nested = (depth: number) => `${good.slice(0, -1)},"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      assert.equal(send(nested(63)), 'build');
      assert.equal(send(nested(64)), 'refused', 'also in a body that is built without it');
      assert.equal(send(nested(100_000)), 'refused');
    });

    it('[scm P13] names of the prototype change nothing', () => {
      const text = `${good.slice(0, -1)},"__proto__":{"polluted":1},"constructor":{"x":1},"toString":7}`;
      assert.equal(send(text), 'build');
      assert.equal(Reflect.get({}, 'polluted'), undefined);
    });

    it('[scm P14] [scm P15] an unusable event header is refused, an unknown event ignored', () => {
      const name =
        Object.entries(service.headers(event, Buffer.from(good), '')).find(
          ([, value]) => value === event,
        )?.[0] ?? '';
      const all = name.startsWith('x-forgejo') ? ['x-forgejo-event', 'x-gitea-event'] : [name];
      const withEvent = (value: string | undefined) =>
        summary(
          deliver(service, event, good, { headers: Object.fromEntries(all.map((one) => [one, value])) }),
        );
      for (const bad of [undefined, '', 'push,create', 'x'.repeat(10_000)])
        assert.equal(withEvent(bad), 'refused');
      assert.equal(withEvent('wiki'), 'ignored');
    });

    it('[scm P14] the id of a delivery that is not one word is refused', () => {
      const sent = Object.keys(service.headers(event, Buffer.from(good), ''));
      const ids = sent.filter((name) => /delivery|uuid|request-id|idempotency/.test(name));
      assert.notDeepEqual(ids, []);
      for (const id of ['a b', 'a\r\nset-cookie: b', 'a\u0000', 'x'.repeat(129)]) {
        const headers = Object.fromEntries(ids.map((name) => [name, id]));
        assert.equal(summary(deliver(service, event, good, { headers })), 'refused', id.slice(0, 20));
      }
    });

    it('[scm P16] a repository without a usable id is refused', () => {
      const key = service.name === 'gitlab' ? 'project' : 'repository';
      const idKey = service.name === 'bitbucket' ? 'uuid' : 'id';
      const repo = body[key] as Record<string, unknown>;
      const rest = { ...body, project_id: undefined };
      for (const bad of [undefined, null, []])
        assert.equal(send(JSON.stringify({ ...rest, [key]: bad })), 'refused');
      for (const bad of [undefined, 0, -1, '12', 1.5, 2 ** 53, {}])
        assert.equal(
          send(JSON.stringify({ ...rest, [key]: { ...repo, [idKey]: bad } })),
          'refused',
          String(bad),
        );
      assert.equal(
        send(
          JSON.stringify({ ...rest, [key]: { ...repo, [idKey]: 1 } }).replace(
            `"${idKey}":1`,
            `"${idKey}":1e400`,
          ),
        ),
        'refused',
      );
    });

    it('[scm P18] [scm A22] a missing sender, pusher or actor is no reason to refuse', () => {
      for (const lost of [null, undefined]) {
        const poor = { ...body, sender: lost, pusher: lost, actor: lost, user_username: lost };
        assert.equal(firstBuild(deliver(service, event, poor)).sender, '');
      }
    });
  });
}
