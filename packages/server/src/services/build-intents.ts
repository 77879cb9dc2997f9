import type { Build } from '@sortie/core/build';
import type { Tx } from '../store/db.ts';
import { insertIntent, insertIntentOnce } from '../store/outbox.ts';

/** The commit status of a build is to be told to its Git service; cron builds have none (api-v1.md 1.10). */
export async function insertStatusIntent(tx: Tx, build: Build, now: number): Promise<void> {
  if (build.event === 'cron') return;
  await insertIntent(tx, {
    kind: 'status',
    subject: subjectOf(build),
    payload: { repoId: build.repoId, buildId: build.id, sha: build.after, status: build.status },
    now,
  });
}

/** The same because a pipeline has changed and the build has not; one of these is enough until it is taken up. */
export async function insertPipelinesIntent(tx: Tx, build: Build, now: number): Promise<void> {
  if (build.event === 'cron') return;
  const payload = { repoId: build.repoId, buildId: build.id, sha: build.after };
  await insertIntentOnce(tx, { kind: 'pipelines', subject: subjectOf(build), payload, now });
}

/** Subscribers of `build:created` and `build:updated` are to be told. */
export async function insertWebhookIntent(
  tx: Tx,
  build: Pick<Build, 'id' | 'repoId'>,
  action: 'created' | 'updated',
  now: number,
): Promise<void> {
  await insertIntent(tx, {
    kind: 'webhook',
    subject: subjectOf(build),
    payload: { event: 'build', action, repoId: build.repoId, buildId: build.id },
    now,
  });
}

function subjectOf(build: { readonly id: number }): string {
  return `build:${build.id}`;
}
