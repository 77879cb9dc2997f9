import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  byName,
  type DeliveringService,
  deliver,
  deliveriesOf,
  deliveryOf,
  SERVICES,
} from './test-deliveries.ts';

/** The events of a delivery that must be mapped. */
function eventsOf(service: DeliveringService, event: string, body: unknown) {
  const outcome = deliver(service, event, body);
  if (outcome.kind === 'ignored') return [outcome];
  assert.equal(outcome.kind, 'mapped', JSON.stringify(outcome));
  return outcome.kind === 'mapped' ? outcome.events : [];
}

for (const service of SERVICES) {
  describe(`deliveries of ${service.name}`, () => {
    for (const { name, event, body, expect } of deliveriesOf(service)) {
      it(`[scm M40] ${name} becomes what the event table says`, () => {
        assert.partialDeepStrictEqual(eventsOf(service, event, body), expect);
        assert.equal(eventsOf(service, event, body).length, expect.length);
      });
    }
  });
}

describe('what a delivery leaves open', () => {
  const lookups = (service: string, name: string) => {
    const { event, body } = deliveryOf(byName(service), name);
    const [first] = eventsOf(byName(service), event, body);
    return first?.kind === 'build' ? first.lookups : undefined;
  };

  it('[scm M30] [scm M32] a tag whose commit the payload names needs no lookup at Gitea and GitHub', () => {
    assert.deepEqual(lookups('gitea', 'push-annotated-tag'), []);
    assert.deepEqual(lookups('github', 'push-annotated-tag'), []);
    assert.deepEqual(lookups('gitlab', 'tag-annotated'), []);
  });

  it('[scm M37] an abbreviated commit of Bitbucket Cloud is to be expanded, a tag of Bitbucket Server peeled', () => {
    assert.deepEqual(lookups('bitbucket', 'pull-created'), ['expand', 'before']);
    assert.deepEqual(lookups('stash', 'tag-add'), ['peel', 'message']);
  });

  it('[scm M37] the commit of a fork at Bitbucket Cloud, which has no refs of pull requests, is read in the fork', () => {
    const eventOf = (name: string) => {
      const { event, body } = deliveryOf(byName('bitbucket'), name);
      return eventsOf(byName('bitbucket'), event, body)[0];
    };
    const own = eventOf('pull-created');
    assert.ok(own?.kind === 'build' && own.readFrom === undefined);
    const fork = eventOf('pull-from-fork');
    assert.ok(fork?.kind === 'build' && fork.fork !== own.fork);
    assert.deepEqual(fork.readFrom, { slug: fork.fork, httpUrl: fork.head?.httpUrl, ref: fork.ref });
  });

  it('[scm P19] a push without commits leaves the message open', () => {
    assert.deepEqual(lookups('gitea', 'push-without-commits'), ['message']);
    assert.deepEqual(lookups('github', 'push-without-head-commit'), ['message']);
    assert.deepEqual(lookups('gitlab', 'push-new-branch'), ['message']);
    assert.deepEqual(lookups('stash', 'branch-update'), ['message']);
  });

  it('[scm P30] the short ref of a mirror is looked up', () => {
    const { body } = deliveryOf(byName('gitea'), 'push-branch');
    const [event] = eventsOf(byName('gitea'), 'push', { ...body, ref: 'main' });
    assert.partialDeepStrictEqual(event, { kind: 'build', ref: 'main', lookups: ['short-ref'] });
  });
});

describe('rows that the event tables single out', () => {
  const kinds = (service: string, name: string) => {
    const { event, body } = deliveryOf(byName(service), name);
    return eventsOf(byName(service), event, body).map(({ kind }) => kind);
  };

  it('[scm M31] a deleted tag of Gitea, which sends two deliveries, builds nothing', () => {
    assert.deepEqual(
      [...kinds('gitea', 'push-deleted-tag'), ...kinds('gitea', 'delete-tag')],
      ['ignored', 'ignored'],
    );
  });

  it('[scm M32] the create event beside the push of a tag at GitHub builds nothing', () => {
    assert.deepEqual(
      [...kinds('github', 'push-tag'), ...kinds('github', 'create-tag')],
      ['build', 'ignored'],
    );
  });

  it('[scm M33] a deployment of GitHub is a promotion with target, parameters and id', () => {
    const { event, body } = deliveryOf(byName('github'), 'deployment');
    const [first] = eventsOf(byName('github'), event, body);
    assert.partialDeepStrictEqual(first, {
      event: 'promote',
      deployment: 'production',
      deploymentId: '91',
      params: { region: 'eu', count: '3', nested: '{"a":1}' },
    });
  });

  it('[scm M34] [scm M35] an edited merge request is ignored, a merged one closed', () => {
    assert.deepEqual(kinds('gitlab', 'merge-request-update-edit'), ['ignored']);
    assert.deepEqual(kinds('gitlab', 'merge-request-merge'), ['pullClosed']);
  });

  it('[scm M36] three changes of one Bitbucket push are three builds', () => {
    assert.deepEqual(kinds('bitbucket', 'push-three-changes'), ['build', 'build', 'build']);
  });

  it('[scm M38] a new branch of Bitbucket Server has its full ref', () => {
    const { event, body } = deliveryOf(byName('stash'), 'branch-add');
    assert.partialDeepStrictEqual(eventsOf(byName('stash'), event, body), [{ ref: 'refs/heads/dev/a' }]);
  });
});

describe('a pull request without a branch of its own', () => {
  for (const patch of [{ ref: 'refs/pull/7/head', label: '' }, { flow: 1 }]) {
    it(`[scm X23] counts as one from a fork (${Object.keys(patch).join(' and ')}), since it needs no right to push`, () => {
      const { event, body } = deliveryOf(byName('gitea'), 'pull-from-fork');
      const pull = body.pull_request as { readonly head: object; readonly base: { readonly repo: object } };
      const { flow, ...rest } = { flow: 0, ...patch };
      const head = { ...pull.head, ...rest, repo: pull.base.repo };
      const change = { ...body, pull_request: { ...pull, flow, head } };
      const [mapped] = eventsOf(byName('gitea'), event, change);
      assert.partialDeepStrictEqual(mapped, { kind: 'build', event: 'pull_request', fork: '' });
      assert.equal(mapped?.kind === 'build' && mapped.head?.slug, '');
    });
  }

  it('a branch of the repository itself is none', () => {
    const { event, body } = deliveryOf(byName('gitea'), 'pull-from-fork');
    const pull = body.pull_request as { readonly head: object; readonly base: { readonly repo: object } };
    const own = { ...body, pull_request: { ...pull, head: { ...pull.head, repo: pull.base.repo } } };
    const [mapped] = eventsOf(byName('gitea'), event, own);
    assert.equal(mapped?.kind === 'build' && mapped.fork, mapped?.kind === 'build' && mapped.repo.slug);
  });
});
