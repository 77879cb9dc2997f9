import { expectOk } from '../answers.ts';
import type { ScmState, ScmStatus, ScmToken } from '../objects.ts';
import { joinPath } from '../path.ts';
import { sortRef } from '../rest/refs.ts';
import { statusText } from '../rest/status-text.ts';
import { type GitlabApi, projectPath } from './api.ts';

const STATES: Readonly<Record<ScmState, string>> = {
  waiting: 'pending',
  blocked: 'pending',
  pending: 'pending',
  running: 'running',
  success: 'success',
  failure: 'failed',
  error: 'failed',
  killed: 'canceled',
  declined: 'canceled',
  skipped: 'skipped',
};
const MAX_DESCRIPTION = 255;

/** The status of a commit. GitLab refuses to repeat a state, which is as good as success. */
export async function createGitlabStatus(
  { rest }: GitlabApi,
  token: ScmToken,
  slug: string,
  { sha, status }: { readonly sha: string; readonly status: ScmStatus },
): Promise<void> {
  const known = status.ref === '' ? undefined : sortRef(status.ref);
  const answer = await rest.answer(token, {
    method: 'POST',
    path: `${projectPath(slug)}/statuses/${joinPath(sha)}`,
    json: {
      state: STATES[status.state],
      name: status.label,
      target_url: status.link,
      description: statusText(status.state, status.description, MAX_DESCRIPTION),
      ...((known?.kind === 'branch' || known?.kind === 'tag') && { ref: known.name }),
    },
    what: 'The commit status',
  });
  const isRepeat = answer.status === 400 && answer.evidence.toLowerCase().includes('cannot transition');
  if (!isRepeat) expectOk(answer, 'The commit status');
}
