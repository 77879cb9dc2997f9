import type { Repo } from '@sortie/core/repo';
import { ownerOf } from './repo-owner.ts';
import { type TriggerDeps, triggerBuild } from './trigger.ts';
import type { TriggerOutcome, TriggerRequest } from './trigger-request.ts';

export interface StartBuild {
  readonly repo: Repo;
  /** Who asks. */
  readonly login: string;
  /** A branch, or a full ref. */
  readonly branch: string;
  /** Empty: the newest commit of the branch. */
  readonly commit: string;
  /** Empty: the message of the commit. */
  readonly message: string;
  readonly action: string;
  readonly params: Readonly<Record<string, string>>;
  readonly within: TriggerRequest['within'];
}

/** Builds a branch or commit because somebody asks for it (api-v1.md 3.5, create). */
export async function startBuild(deps: TriggerDeps, input: StartBuild): Promise<TriggerOutcome> {
  const { repo, branch, login, message, action, params, within } = input;
  const found = await ownerOf(deps.db, repo);
  if ('kind' in found) return found;
  const ref = branch.startsWith('refs/') ? branch : `refs/heads/${branch}`;
  const wanted = input.commit || ref;
  const commit = await deps.source.findCommit(repo, wanted);
  if (commit === undefined) {
    const what = input.commit === '' ? 'branch or ref' : 'commit';
    return { kind: 'skipped', code: 'commit-missing', message: `there is no ${what} ${quote(wanted)}` };
  }
  return triggerBuild(deps, {
    ...{ repo, ref, message, action, params, within },
    origin: { login },
    event: 'custom',
    before: commit.sha,
    after: commit.sha,
    source: branch,
    target: branch,
    sender: login,
    title: '',
    link: repo.link,
    cron: '',
    deployTo: '',
  });
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
