import type { Repo } from '@sortie/core/repo';
import { findRepoHealth, noteHook } from '../store/repo-health.ts';
import { type EndedRotation, forgetPreviousSigner, listEndedRotations } from '../store/repo-keys.ts';
import { findRepoById } from '../store/repos.ts';
import { findUserById } from '../store/users.ts';
import type { ReconcileDeps } from './reconcile.ts';
import { ROTATION_SECONDS } from './repair-repo.ts';
import { findRepoIdentity } from './repo-identity.ts';
import { inRepoTurn } from './repo-turn.ts';

export interface EndRotationsDeps extends Pick<ReconcileDeps, 'db' | 'forgeOf' | 'now'> {
  readonly reportFailure: (message: string, error: unknown) => void;
}

const PER_PASS = 20;

/**
 * Forgets webhook secrets that have had their time, and takes away the hooks that were signed with them where the
 * service kept the old one beside the new (scm.md 2.5). Where a rotation broke off, nobody knows which secret the service
 * has, so the hook is installed once more. What a service refuses is tried again at the next pass.
 */
export async function endRotations(deps: EndRotationsDeps): Promise<void> {
  const { db, now } = deps;
  const seconds = now();
  for (const ended of await listEndedRotations(db, seconds, PER_PASS)) {
    const { repoId } = ended;
    // The secret goes whatever the service says.
    await forgetPreviousSigner(db, repoId, { now: seconds, keepsDate: true });
    try {
      await removeOlderHooks(deps, ended);
      await forgetPreviousSigner(db, repoId, { now: seconds, keepsDate: false });
    } catch (error) {
      deps.reportFailure('the webhook before a rotation could not be removed', error);
    }
  }
}

async function removeOlderHooks(deps: EndRotationsDeps, ended: EndedRotation): Promise<void> {
  const repo = await findRepoById(deps.db, ended.repoId);
  // One that is switched off meanwhile gets no hook.
  if (repo?.isActive === true) await inRepoTurn(deps, repo, (found) => mendHooks(deps, found, ended));
}

async function mendHooks(
  deps: EndRotationsDeps,
  repo: Repo,
  { repoId, expires }: EndedRotation,
): Promise<void> {
  const { db, forgeOf, now } = deps;
  const { hookId, hookInstalled } = await findRepoHealth(db, repoId);
  if (!repo.isActive) return;
  const { userId: id } = await findRepoIdentity(db, repo);
  const forge = forgeOf(repo.connectionId);
  if (hookInstalled >= expires - ROTATION_SECONDS) {
    if (hookId !== '') await forge.webhooks?.removeOthers({ id }, repo, hookId);
    return;
  }
  const user = await findUserById(db, id);
  const hook = user && (await forge.installHook(user, repo));
  if (hook === undefined) return;
  const seconds = now();
  await noteHook(db, repoId, {
    ...{ hookState: 'present', hookMessage: '', hookId: hook.id },
    ...{ hookInstalled: seconds, hookChecked: seconds },
  });
}
