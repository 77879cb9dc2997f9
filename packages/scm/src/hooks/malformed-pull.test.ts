import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { byName, deliver, deliveryOf, firstBuild, summary } from './test-deliveries.ts';

describe('fields of pull requests', () => {
  const gitea = byName('gitea');
  const { event, body } = deliveryOf(gitea, 'pull-opened');
  const pull = body.pull_request as Record<string, unknown>;
  const outcomeOf = (change: Record<string, unknown>, fields: Record<string, unknown> = {}) =>
    deliver(gitea, event, { ...body, ...change, pull_request: { ...pull, ...fields } });

  it('[scm P32] an unusable number is refused', () => {
    for (const bad of [0, -1, '7', 1.5, 2 ** 40])
      assert.equal(summary(outcomeOf({ number: bad })), 'refused', String(bad));
    assert.equal(summary(deliver(gitea, event, { ...body, pull_request: null })), 'refused');
  });

  it('[scm P33] a deleted head repository makes a fork without a name', () => {
    const build = firstBuild(outcomeOf({}, { head: { ...(pull.head as object), repo: null } }));
    assert.partialDeepStrictEqual(build, { fork: '', ref: 'refs/pull/7/head' });
  });

  it('[scm P34] an empty base branch is refused, metacharacters of a shell stay as they are', () => {
    const at = (name: string, ref: string) => outcomeOf({}, { [name]: { ...(pull[name] as object), ref } });
    assert.equal(summary(at('base', '')), 'refused');
    assert.equal(firstBuild(at('head', '$(id);`x`|&')).source, '$(id);`x`|&');
  });

  it('[scm P35] [scm X35] long titles are cut between code points, control characters go', () => {
    const title = `\u001b[31m${'🚀'.repeat(1_500_000)}\u0000`;
    const build = firstBuild(outcomeOf({}, { title, body: null }));
    assert.equal(Array.from(build.title).length <= 2_000 && build.title.isWellFormed(), true);
    assert.equal(build.title.startsWith('[31m🚀'), true);
    assert.equal(build.message, build.title);
    assert.equal(firstBuild(outcomeOf({}, { title: null, body: null })).title, '');
  });

  it('[scm P36] [scm X36] a message with newlines stays one value, and names have none', () => {
    const { body: push } = deliveryOf(gitea, 'push-branch');
    const commit = {
      ...(push.head_commit as object),
      message: 'a\nDRONE_X=1\n',
      author: { name: 'A\nDRONE_X=1', email: '', username: '' },
    };
    const build = firstBuild(deliver(gitea, 'push', { ...push, head_commit: commit, commits: [] }));
    assert.equal(build.message, 'a\nDRONE_X=1\n');
    assert.equal(build.authorName.includes('\n'), false);
  });
});

describe('confusions and special cases', () => {
  it('[scm V23] [scm X7] a signed body of one event is refused as another one', () => {
    for (const name of ['gitea', 'github']) {
      const service = byName(name);
      const push = deliveryOf(service, 'push-branch').body;
      const pull = deliveryOf(service, 'pull-opened').body;
      for (const other of ['create', 'delete', 'pull_request'])
        assert.equal(summary(deliver(service, other, push)), 'refused');
      for (const other of ['create', 'delete', 'push'])
        assert.equal(summary(deliver(service, other, pull)), 'refused');
      const created = deliveryOf(service, 'create-tag').body;
      for (const other of ['push', 'pull_request'])
        assert.equal(summary(deliver(service, other, created)), 'refused');
      for (const mark of ['ref_type', 'pull_request'])
        assert.equal(summary(deliver(service, 'push', { ...push, [mark]: 'branch' })), 'refused', mark);
    }
    assert.equal(
      summary(deliver(byName('gitlab'), 'Tag Push Hook', deliveryOf(byName('gitlab'), 'push-branch').body)),
      'refused',
    );
    assert.equal(
      summary(
        deliver(byName('bitbucket'), 'repo:push', deliveryOf(byName('bitbucket'), 'pull-created').body),
      ),
      'refused',
    );
    assert.equal(
      summary(deliver(byName('stash'), 'pr:opened', deliveryOf(byName('stash'), 'branch-update').body)),
      'refused',
    );
    const { event: opened, body } = deliveryOf(byName('stash'), 'pull-opened');
    assert.equal(summary(deliver(byName('stash'), opened, body)), 'build');
    assert.equal(summary(deliver(byName('stash'), 'pr:declined', body)), 'refused');
  });

  it('[scm P31] a created or deleted ref of no known type is ignored', () => {
    for (const name of ['gitea', 'github']) {
      const { body } = deliveryOf(byName(name), 'create-tag');
      for (const ref_type of ['banana', undefined]) {
        assert.equal(summary(deliver(byName(name), 'create', { ...body, ref_type })), 'ignored');
        assert.equal(summary(deliver(byName(name), 'delete', { ...body, ref_type })), 'ignored');
      }
    }
  });

  it('[scm P5] [scm P6] a form without exactly one readable payload is refused', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const text of ['x=1', 'payload={}&payload={}', 'payload=%zz', '{"a":1}'])
      assert.equal(summary(deliver(byName('gitea'), 'push', text, { headers })), 'refused', text);
    assert.equal(summary(deliver(byName('gitea'), 'push', 'payload=%7B%7D')), 'refused');
  });

  it('[scm P12] of a repository that is named twice the last one serves everything', () => {
    const { body } = deliveryOf(byName('gitea'), 'push-branch');
    const text = `{"repository":{"id":1,"full_name":"evil/one"},${JSON.stringify(body).slice(1)}`;
    const opening = byName('gitea').open({
      headers: { 'x-gitea-event': 'push' },
      rawBody: Buffer.from(text),
    });
    assert.partialDeepStrictEqual(opening, { kind: 'opened', uid: '41', slug: 'acme/rocket' });
    assert.equal(firstBuild(deliver(byName('gitea'), 'push', text)).repo.uid, '41');
  });

  it('[scm P21] a commit without author, message and time is built', () => {
    const { body } = deliveryOf(byName('github'), 'push-branch');
    for (const timestamp of ['', '0001-01-01T00:00:00Z', '9999-01-01T00:00:00Z']) {
      const head_commit = { ...(body.head_commit as object), author: null, message: null, timestamp };
      assert.equal(
        firstBuild(deliver(byName('github'), 'push', { ...body, head_commit, commits: [] })).timestamp,
        0,
      );
    }
  });

  it('[scm P39] [scm P40] [scm P42] odd but documented values are accepted', () => {
    const kinds = (name: string, fixture: string) => {
      const { event, body } = deliveryOf(byName(name), fixture);
      return summary(deliver(byName(name), event, body));
    };
    assert.equal(kinds('github', 'push-without-head-commit'), 'build');
    assert.equal(kinds('github', 'deployment-text-payload'), 'build');
    assert.equal(kinds('gitlab', 'push-nested-group'), 'build');
    assert.equal(kinds('gitlab', 'push-checkout-sha-null'), 'build');
    assert.equal(kinds('gitlab', 'push-without-username'), 'build');
    assert.equal(kinds('stash', 'change-of-unknown-type'), 'ignored');
    assert.equal(kinds('stash', 'pull-date-as-text'), 'build');
  });

  it('[scm P41] fifty changes of one push are twenty builds and a note', () => {
    const { event, body } = deliveryOf(byName('bitbucket'), 'push-branch');
    const [change] = (body.push as { changes: unknown[] }).changes;
    const many = (changes: unknown) =>
      summary(deliver(byName('bitbucket'), event, { ...body, push: { changes } }));
    assert.equal(many(Array(50).fill(change)), `${'build '.repeat(20)}ignored`);
    assert.equal(many([]), 'ignored');
    assert.equal(many(undefined), 'refused');
    assert.equal(many([{ new: null, old: null }, change]), 'build');
  });

  it('a deployment whose payload is nested without end is built and not read', () => {
    const { body } = deliveryOf(byName('github'), 'deployment');
    const payload = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const deployment = { ...(body.deployment as object), payload };
    assert.equal(
      firstBuild(deliver(byName('github'), 'deployment', { ...body, deployment })).event,
      'promote',
    );
  });
});
