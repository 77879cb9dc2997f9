import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OLD, SIDE, TAG_OBJECT, TIP } from '@sortie/testing/fake-forge-state';
import type { HookBuild, HookHistory } from '../hook-event.ts';
import { buildOf } from '../hooks/mapping.ts';
import { ALIVE, type DriverKind, openDriver } from './test-drivers.ts';

const NO_HISTORY: HookHistory = { builtCommits: async () => [] };
const REPO = {
  uid: '41',
  namespace: 'acme',
  name: 'rocket',
  slug: 'acme/rocket',
  link: '',
  branch: 'main',
  private: true,
  httpUrl: '',
  sshUrl: '',
};

const buildFor = (fields: Partial<HookBuild>) =>
  buildOf(
    { repo: REPO, deliveryId: 'd-1', sender: 'ada' },
    { event: 'push', after: TIP, ref: 'refs/heads/main', ...fields },
  );

async function complete(
  t: { after(fn: () => Promise<void>): void },
  kind: DriverKind,
  fields: Partial<HookBuild>,
) {
  const open = await openDriver(kind);
  t.after(open.close);
  const outcome = await open.driver.completeHook(ALIVE, buildFor(fields), NO_HISTORY);
  return { outcome, pauses: open.pauses };
}

describe('completion of webhooks', () => {
  it('[scm P19] [scm M5] finds message and author of the commit', async (t) => {
    for (const kind of ['gitea', 'github', 'gitlab', 'bitbucket', 'stash'] as const) {
      const { outcome } = await complete(t, kind, { lookups: ['message'] });
      const found = {
        kind: 'build',
        message: 'tune nozzle\n',
        authorName: 'Ada L',
        timestamp: 1772597167,
        lookups: [],
      };
      assert.partialDeepStrictEqual(outcome, found, kind);
    }
  });

  it('[scm M7] peels the tag object of Bitbucket Server', async (t) => {
    const tag = {
      event: 'tag',
      ref: 'refs/tags/v2',
      after: TAG_OBJECT,
      lookups: ['peel', 'message'],
    } as const;
    const { outcome } = await complete(t, 'stash', tag);
    assert.partialDeepStrictEqual(outcome, { kind: 'build', after: TIP, message: 'tune nozzle\n' });
  });

  it('[scm P24] [scm M37] expands the short commit of Bitbucket Cloud and finds the tip of the base', async (t) => {
    const pull = {
      event: 'pull_request',
      ref: 'refs/heads/feature/a/b',
      after: SIDE.slice(0, 12),
      target: 'main',
      lookups: ['expand', 'before'],
    } as const;
    const { outcome } = await complete(t, 'bitbucket', pull);
    assert.partialDeepStrictEqual(outcome, { kind: 'build', after: SIDE, before: TIP });
  });

  it('[scm P30] a short ref of a mirror is a branch, else a tag, else ignored', async (t) => {
    const short = (ref: string) => complete(t, 'gitea', { ref, lookups: ['short-ref'] });
    assert.partialDeepStrictEqual((await short('same')).outcome, { event: 'push', ref: 'refs/heads/same' });
    assert.partialDeepStrictEqual((await short('v1')).outcome, {
      event: 'tag',
      ref: 'refs/tags/v1',
      after: OLD,
    });
    assert.equal((await short('nowhere')).outcome.kind, 'ignored');
  });

  it('[scm P31] a commit that cannot be found is a build with an error', async (t) => {
    const tag = { event: 'tag', ref: 'refs/tags/gone', lookups: ['peel'] } as const;
    const { outcome } = await complete(t, 'stash', tag);
    assert.partialDeepStrictEqual(outcome, { kind: 'error' });
  });

  it('waits until Gitea has moved the ref of the pull request, and not for ever', async (t) => {
    const pull = { event: 'pull_request', ref: 'refs/pull/7/head' } as const;
    assert.deepEqual((await complete(t, 'gitea', { ...pull, after: SIDE })).pauses, []);
    const late = await complete(t, 'gitea', { ...pull, after: TIP });
    assert.deepEqual(late.pauses, [200, 500, 1_000, 2_000, 4_000, 8_000]);
    assert.equal(late.outcome.kind, 'build');
  });
});
