import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildOf, changedWebhook, parse } from './gogs.fixture.ts';

const push = (change: (body: Record<string, unknown>) => void) => changedWebhook('push-1-commit', change);
const set = (key: string, value: unknown) => push((body) => Object.assign(body, { [key]: value }));
const pull = (change: (pull: Record<string, unknown>, body: Record<string, unknown>) => void) =>
  changedWebhook('pr-open', (body) => change(body.pull_request as Record<string, unknown>, body));

function statusOf(request: Parameters<typeof parse>[0]): number | string {
  const event = parse(request);
  return event.kind === 'refused' ? event.status : event.kind;
}

describe('malformed pull requests, texts and addresses of Gogs webhooks', () => {
  it('[scm P32] a pull request without body or usable number is refused', () => {
    for (const pull_request of [undefined, null, [], 'x'])
      assert.equal(statusOf(pull((_, body) => Object.assign(body, { pull_request }))), 400);
    for (const number of [0, -1, '7', 1.5, 2 ** 40, null])
      assert.equal(statusOf(pull((_, body) => Object.assign(body, { number }))), 400, String(number));
  });

  it('[scm P33] a deleted head repository counts as a fork', () => {
    for (const head_repo of [null, undefined, { id: 0, name: 'deleted', owner: null, full_name: '' }]) {
      const build = buildOf(pull((found) => Object.assign(found, { head_repo })));
      assert.deepEqual([build.fork, build.head?.uid, build.ref], ['', '', 'refs/pull/2/head']);
    }
  });

  it('[scm P34] branch names are kept as they are, and must be names', () => {
    const head_branch = 'a;$(touch$IFS)`id`|&';
    assert.equal(buildOf(pull((found) => Object.assign(found, { head_branch }))).source, head_branch);
    for (const change of [{ base_branch: '' }, { base_branch: '-x' }, { head_branch: 'a\nb' }])
      assert.equal(statusOf(pull((found) => Object.assign(found, change))), 400);
  });

  it('[scm P35] [scm X35] long and odd texts are cut and cleaned', () => {
    const build = buildOf(
      pull((found) => Object.assign(found, { title: '\u001b[31mred\u0000', body: '😀'.repeat(1_000_000) })),
    );
    assert.equal(build.title, '[31mred');
    assert.equal(Array.from(build.message).length, 2_000);
    assert.ok(build.message.isWellFormed());
    const plain = buildOf(pull((found) => Object.assign(found, { title: null, body: null })));
    assert.deepEqual([plain.title, plain.message], ['', '']);
  });

  it('[scm P36] [scm X36] a newline stays inside the message and never gets into names', () => {
    const author = { name: 'Eve\nDRONE_X=1', email: 'e@x\r\nA: b', username: 'eve' };
    const id = '5a38008a644f3a10ea0e00821a397fc70470133f';
    const build = buildOf(set('commits', [{ id, author, message: 'a\nDRONE_X=1' }]));
    assert.equal(build.message, 'a\nDRONE_X=1');
    assert.equal(build.authorName, 'Eve DRONE_X=1');
    assert.equal(build.authorEmail, 'e@x A: b');
  });

  it('[scm P37] [scm X19] addresses on foreign hosts are emptied', () => {
    for (const address of [
      'http://evil.test/x',
      'javascript:alert(1)',
      'file:///etc/passwd',
      'ssh -oProxyCommand=x',
      'http://u:p@gogs.example.test:3000/',
    ]) {
      const repository = { id: 1, full_name: 'a/b', clone_url: address, html_url: address, ssh_url: address };
      const sender = { username: 'eve', avatar_url: address };
      const build = buildOf(
        push((body) => Object.assign(body, { repository, sender, compare_url: address })),
      );
      const { repo, authorAvatar, link } = build;
      assert.deepEqual([repo.httpUrl, repo.link, repo.sshUrl, link], ['', '', '', ''], address);
      assert.ok(!authorAvatar.includes('evil'), address);
    }
  });

  it('[scm P43] drafts are ignored, a release without a tag is refused', () => {
    const release = (change: object) =>
      changedWebhook('release-new-tag', (body) => Object.assign(body.release as object, change));
    assert.equal(statusOf(release({ draft: true })), 'ignored');
    assert.equal(statusOf(release({ tag_name: undefined })), 400);
  });
});
