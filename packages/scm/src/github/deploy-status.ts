import type { Hub } from '../hub/hub.ts';
import { HUB_STATES } from '../hub/reports.ts';
import type { ScmDeployStatus, ScmToken } from '../objects.ts';
import { encodeSlug, joinPath } from '../path.ts';
import { statusText } from '../rest/status-text.ts';

/** The status of a deployment that began at GitHub (scm.md 1.8). */
export async function createDeployStatus(
  hub: Hub,
  token: ScmToken,
  slug: string,
  status: ScmDeployStatus,
): Promise<void> {
  await hub.rest.send(token, {
    method: 'POST',
    path: `repos/${encodeSlug(slug)}/deployments/${joinPath(status.deploymentId)}/statuses`,
    json: {
      state: status.state === 'running' ? 'in_progress' : HUB_STATES[status.state],
      environment: status.environment,
      ...(status.environmentLink !== '' && { environment_url: status.environmentLink }),
      description: statusText(status.state, status.description, hub.maxDescription),
      log_url: status.link,
    },
    what: 'The deployment status',
  });
}
