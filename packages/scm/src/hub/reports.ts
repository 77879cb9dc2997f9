import type { Driver } from '../driver.ts';
import type { ScmState } from '../objects.ts';
import { encodeSlug, joinPath } from '../path.ts';
import { statusText } from '../rest/status-text.ts';
import type { Hub } from './hub.ts';

/** States of commits at GitHub and Gitea (scm.md 1.8). */
export const HUB_STATES: Readonly<Record<ScmState, 'pending' | 'success' | 'failure' | 'error'>> = {
  waiting: 'pending',
  blocked: 'pending',
  pending: 'pending',
  running: 'pending',
  success: 'success',
  failure: 'failure',
  error: 'error',
  killed: 'error',
  declined: 'error',
  skipped: 'success',
};

/** Statuses of commits, and comments. */
export function createHubReports(hub: Hub): Pick<Driver, 'createStatus' | 'commentOnPull'> {
  return {
    async createStatus(token, slug, sha, status) {
      await hub.rest.send(token, {
        method: 'POST',
        path: `repos/${encodeSlug(slug)}/statuses/${joinPath(sha)}`,
        json: {
          state: HUB_STATES[status.state],
          target_url: status.link,
          description: statusText(status.state, status.description, hub.maxDescription),
          context: status.label,
        },
        what: 'The commit status',
      });
    },
    async commentOnPull(token, slug, pull, body) {
      // Pull requests are issues to this route.
      const path = `repos/${encodeSlug(slug)}/issues/${joinPath(pull)}/comments`;
      await hub.rest.send(token, { method: 'POST', path, json: { body }, what: 'The comment' });
    },
  };
}
