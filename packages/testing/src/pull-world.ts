import assert from 'node:assert/strict';
import type { WireBuild } from '@sortie/contract/builds';
import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import { triggerBuild } from '@sortie/server/services/trigger';
import type { TriggerOutcome, TriggerRequest } from '@sortie/server/services/trigger-request';
import { findBuild } from '@sortie/server/store/builds';
import { updateRepo } from '@sortie/server/store/repos';
import { listStages } from '@sortie/server/store/stages';
import type { HttpWorldOptions } from './http-world.ts';
import { openRepoWorld } from './repo-world.ts';

type Test = Parameters<typeof openRepoWorld>[0];
type Options = HttpWorldOptions & { readonly repo?: Partial<Repo> };

/** A pull request from a fork of the repository. */
export const FORK_PULL = {
  event: 'pull_request',
  action: 'opened',
  ref: 'refs/pull/7/head',
  source: 'feature',
  target: 'main',
  sourceRepo: 'stranger/hello',
  sender: 'stranger',
  title: 'A change',
} as const satisfies Partial<TriggerRequest>;

/** A public repository whose builds come as a Git service's webhooks and over the API. */
export async function openPullWorld(t: Test, options: Options = {}) {
  const visible = { isPrivate: false, visibility: 'public', ...options.repo } as const;
  const opened = await openRepoWorld(t, { ...options, repo: visible });
  const { world, repo, send, source } = { ...opened, source: opened.world.source };
  const current = async (): Promise<Repo> => {
    const found = await updateRepo(world.db, repo.id, {});
    return found ?? assert.fail('the repository is gone');
  };
  /** What becomes of an event of the Git service; a pull request from a fork unless the patch says otherwise. */
  const hook = async (sha: string, patch: Partial<TriggerRequest> = {}): Promise<TriggerOutcome> => {
    const deps = {
      ...{ db: world.db, events: world.events, now: world.now, source, sealer: world.sealer },
      ...{ wake: world.queue.wake, stop: world.queue.stop, instance: 'ci', convert: world.config.convert },
      reportFailure: (message: string, error: unknown) => assert.fail(`${message}: ${error}`),
    };
    const blank = { before: '', message: '', link: '', params: {}, cron: '', deployTo: '' };
    const origin = { repo: await current(), origin: '@hook', after: sha } as const;
    return triggerBuild(deps, { ...blank, ...FORK_PULL, ...origin, ...patch });
  };
  const built = async (sha: string, patch: Partial<TriggerRequest> = {}): Promise<Build> => {
    const outcome = await hook(sha, patch);
    if (outcome.kind !== 'built') assert.fail(`the trigger ended as ${JSON.stringify(outcome)}`);
    return outcome.build;
  };
  const statuses = async (number: number): Promise<readonly string[]> => {
    const build = await findBuild(world.db, repo.id, number);
    return (await listStages(world.db, build?.id ?? 0)).map(({ status }) => status);
  };
  /** Posts below the builds; the number of the build that it made, if it made one. */
  const post = async (path: string): Promise<number> => {
    const answer = await send('POST', `/builds/${path}`);
    assert.ok(answer.statusCode < 300, `${path}: ${answer.statusCode} ${answer.body}`);
    return answer.statusCode === 204 ? 0 : answer.json<WireBuild>().number;
  };
  const settings = (patch: object) => send('PATCH', '', { payload: patch });
  return { ...opened, hook, built, statuses, post, settings };
}
