import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAX_WEBHOOK_BYTES } from '../webhook-body.ts';
import { buildOf, changedWebhook, parse, recordedWebhook, signedWebhook } from './gogs.fixture.ts';

const push = (change: (body: Record<string, unknown>) => void) => changedWebhook('push-1-commit', change);
const set = (key: string, value: unknown) => push((body) => Object.assign(body, { [key]: value }));

function statusOf(request: Parameters<typeof parse>[0]): number | string {
  const event = parse(request);
  return event.kind === 'refused' ? event.status : event.kind;
}

describe('malformed Gogs webhooks', () => {
  it('[scm P1] [scm P2] [scm P3] [scm P4] bodies that are no JSON object are refused', () => {
    const good = Buffer.from(recordedWebhook('push-1-commit').rawBody).toString('utf8');
    const bad = [
      '',
      good.slice(0, -5),
      `${good}x`,
      `${good}${good}`,
      '[]',
      'null',
      '7',
      '"x"',
      'true',
      `\uFEFF${good}`,
    ];
    for (const body of bad) assert.equal(statusOf(signedWebhook('push', body)), 400, body.slice(0, 20));
  });

  it('[scm P4] bytes that are no UTF-8 become replacement characters', () => {
    const text = JSON.stringify({
      ...JSON.parse(Buffer.from(recordedWebhook('push-1-commit').rawBody).toString('utf8')),
      commits: [{ id: '5a38008a644f3a10ea0e00821a397fc70470133f', message: 'a@b' }],
    });
    const body = Buffer.from(text);
    body[body.indexOf('a@b') + 1] = 0xff;
    assert.equal(buildOf(signedWebhook('push', body)).message, 'a\uFFFDb');
  });

  it('[scm P5] [scm P6] forms need exactly one readable payload', () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    for (const body of ['', 'a=b', 'payload={}&payload={}', 'payload=%zz', 'payload=%7', '{"ref":"x"}'])
      assert.equal(statusOf(signedWebhook('push', body, form)), 400, body);
    assert.equal(statusOf(signedWebhook('push', 'payload=%7B%7D')), 400);
  });

  it('[scm P7] without a content type the body is read as JSON', () => {
    const request = recordedWebhook('push-1-commit');
    assert.equal(
      statusOf({ ...request, headers: { ...request.headers, 'content-type': undefined } }),
      'build',
    );
  });

  it('[scm P8] ten MiB are read, one byte more is refused', () => {
    const good = Buffer.from(recordedWebhook('push-1-commit').rawBody);
    const body = Buffer.concat([good, Buffer.alloc(MAX_WEBHOOK_BYTES - good.length, 0x20)]);
    assert.equal(statusOf(signedWebhook('push', body)), 'build');
    assert.equal(statusOf(signedWebhook('push', Buffer.concat([body, Buffer.from(' ')]))), 413);
  });

  it('[scm P10] a compressed body is refused', () => {
    const request = recordedWebhook('push-1-commit');
    assert.equal(statusOf({ ...request, headers: { ...request.headers, 'content-encoding': 'gzip' } }), 415);
    assert.equal(
      statusOf({ ...request, headers: { ...request.headers, 'content-encoding': 'identity' } }),
      'build',
    );
  });

  it('[scm P11] [scm X11] deep nesting is refused before it is parsed', () => {
    for (const body of ['['.repeat(100_000), `{"a":${'['.repeat(100_000)}`])
      assert.equal(statusOf(signedWebhook('push', body)), 400);
    const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    assert.equal(statusOf(set('deep', nested(63))), 'build');
    assert.equal(statusOf(set('deep', nested(64))), 400);
    assert.equal(statusOf(set('note', '['.repeat(100))), 'build', 'brackets inside text do not count');
  });

  it('[scm P13] keys of the prototype change nothing', () => {
    const body = Buffer.from(recordedWebhook('push-1-commit').rawBody).toString('utf8');
    const hostile = body.replace(
      '{',
      '{"__proto__":{"ref":"refs/heads/evil","polluted":1},"constructor":{"prototype":{}},"toString":1,',
    );
    assert.equal(buildOf(signedWebhook('push', hostile)).ref, 'refs/heads/main');
    assert.equal(Reflect.get({}, 'polluted'), undefined);
    const empty = '{"__proto__":{"ref":"refs/heads/evil","after":"x"},"repository":{"id":1}}';
    assert.equal(statusOf(signedWebhook('push', empty)), 400);
  });

  it('[scm P14] [scm P15] unusable event headers are refused, unknown events ignored', () => {
    for (const event of ['', 'push,create', 'p'.repeat(10_240), 'Push\n', '__proto__\0'])
      assert.equal(statusOf(signedWebhook(event, '{}')), 400, event.slice(0, 20));
    assert.equal(statusOf(signedWebhook('push', '{}', { 'x-gogs-event': undefined })), 400);
    // The body is a good one: the header alone is why.
    const good = Buffer.from(recordedWebhook('push-1-commit').rawBody);
    assert.equal(statusOf(signedWebhook('push', good, { 'x-gogs-event': ['push', 'push'] })), 400);
    for (const id of ['a,b', 'a b', 'a\r\nset-cookie: b', 'a\0', 'x'.repeat(129)])
      assert.equal(statusOf(signedWebhook('push', good, { 'x-gogs-delivery': id })), 400, id.slice(0, 20));
    for (const event of ['wiki', '__proto__', 'constructor'])
      assert.equal(statusOf(signedWebhook(event, '{}')), 'ignored');
  });

  it('[scm P16] a repository without a usable id is refused', () => {
    const ids = [undefined, 0, -1, '12', 1.5, 2 ** 53 + 1, null, {}];
    for (const id of ids)
      assert.equal(statusOf(set('repository', { id, full_name: 'a/b' })), 400, String(id));
    for (const repository of [undefined, null, [], 'x'])
      assert.equal(statusOf(set('repository', repository)), 400);
    const body = '{"ref":"refs/heads/a","after":"","repository":{"id":1e400}}';
    assert.equal(statusOf(signedWebhook('push', body)), 400);
  });

  it('[scm P17] an unusable name leaves the slug empty, so that only the id can match', () => {
    for (const full_name of ['x', '../x', 'a/../b', 'a/b\nc', 'a/b/c', '', null]) {
      const event = parse(set('repository', { id: 1, owner: null, full_name }));
      assert.equal(event.kind === 'build' && event.repo.slug, '', String(full_name));
    }
  });

  it('[scm P18] without sender and pusher the author comes from the commit', () => {
    const build = buildOf(push((body) => Object.assign(body, { sender: null, pusher: undefined })));
    assert.deepEqual([build.sender, build.author, build.authorAvatar], ['', 'ada', '']);
  });

  it('[scm P19] without commits the message is looked up', () => {
    for (const commits of [null, undefined, []]) {
      const build = buildOf(set('commits', commits));
      assert.deepEqual([build.message, build.lookups], ['', ['message']]);
    }
  });

  it('[scm P20] a list of commits of a wrong type or size is refused, null elements are skipped', () => {
    for (const commits of [{}, 'x', Array(10_001).fill(null)])
      assert.equal(statusOf(set('commits', commits)), 400);
    const build = buildOf(
      push((body) => Object.assign(body, { commits: [null, ...(body.commits as unknown[])] })),
    );
    assert.equal(build.message, 'tune nozzle\n\nwith a body line\nand another\n');
  });

  it('[scm P21] commits with empty members build', () => {
    for (const timestamp of ['', '0001-01-01T00:00:00Z', '9999-01-01T00:00:00Z', null]) {
      const id = '5a38008a644f3a10ea0e00821a397fc70470133f';
      const build = buildOf(set('commits', [{ id, author: null, message: null, timestamp }]));
      assert.deepEqual([build.timestamp, build.message, build.authorName, build.author], [0, '', '', 'ada']);
    }
  });

  it('[scm P22] odd file lists change nothing', () => {
    for (const added of [null, undefined, 'x', ['a\0b', 'a\nb', 7]]) {
      const commit = { id: '5a38008a644f3a10ea0e00821a397fc70470133f', message: 'm', added };
      assert.equal(statusOf(set('commits', [commit])), 'build');
    }
  });

  it('[scm P23] nothing pushed is ignored', () => {
    for (const after of ['0'.repeat(40), '']) assert.equal(statusOf(set('after', after)), 'ignored');
  });

  it('[scm P24] [scm P25] [scm X21] an id that is no whole commit id is refused', () => {
    for (const after of [
      '5a38008',
      'a'.repeat(39),
      'a'.repeat(41),
      'g'.repeat(40),
      '-x',
      'HEAD',
      '--upload-pack=x',
    ])
      assert.equal(statusOf(set('after', after)), 400, after);
    const event = parse(set('after', 'a'.repeat(64)));
    assert.equal(event.kind === 'refused' && event.message, 'SHA-256 repositories are not supported');
  });

  it('[scm P26] [scm P27] an unusable old tip counts as unknown', () => {
    for (const before of [undefined, 'x', 7, '-x']) assert.equal(buildOf(set('before', before)).before, '');
    const zero = '0'.repeat(40);
    assert.equal(buildOf(set('before', zero)).before, zero);
    const build = buildOf(push((body) => Object.assign(body, { before: body.after })));
    assert.equal(build.before, build.after);
  });

  it('[scm P28] refs other than branches are ignored, missing ones refused', () => {
    for (const ref of [undefined, '', 'refs/heads/', 7])
      assert.equal(statusOf(set('ref', ref)), 400, String(ref));
    for (const ref of ['refs/notes/x', 'refs/pull/1/head', 'refs/ci/x', 'HEAD'])
      assert.equal(statusOf(set('ref', ref)), 'ignored');
  });

  it('[scm P29] [scm X21] unusable refs are refused', () => {
    const names = [
      'a..b',
      'a b',
      'a~1',
      'a\nb',
      'a\0b',
      'a.lock',
      'a//b',
      '.a',
      'a@{1}',
      'a\\b',
      'x'.repeat(5_000),
    ];
    for (const name of names)
      assert.equal(statusOf(set('ref', `refs/heads/${name}`)), 400, name.slice(0, 20));
    for (const ref of ['-x', '--upload-pack=x', '../x', 'refs/heads/-x', 'refs/tags/--upload-pack=x'])
      assert.equal(statusOf(set('ref', ref)), 400, ref);
  });

  it('[scm P30] a short ref is looked up', () => {
    const build = buildOf(set('ref', 'main'));
    assert.deepEqual([build.ref, build.lookups], ['main', ['short-ref', 'peel']]);
  });

  it('[scm P31] only tags of a create event build', () => {
    const create = (change: Record<string, unknown>) =>
      changedWebhook('tag-light', (body) => Object.assign(body, change));
    for (const ref_type of ['banana', undefined, null])
      assert.equal(statusOf(create({ ref_type })), 'ignored');
    const build = buildOf(create({ sha: undefined }));
    assert.deepEqual([build.after, build.lookups], ['', ['after', 'peel', 'message']]);
    assert.equal(statusOf(create({ sha: 'x' })), 400);
    assert.equal(statusOf(create({ ref: '-x' })), 400);
  });
});
