import {
  legacyChownRepo,
  legacyDeleteRepo,
  legacyGetRepo,
  legacyPatchRepo,
  legacyPostRepo,
  legacySign,
} from '@sortie/contract/legacy/repo-routes';
import { toLegacyRepo } from '@sortie/contract/legacy/repos';
import { AppError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import { changeRepo } from '../../services/change-repo.ts';
import { chownRepo } from '../../services/chown-repo.ts';
import { type EnableRepoDeps, enableRepo } from '../../services/enable-repo.ts';
import { type RemoveRepoDeps, removeRepo } from '../../services/remove-repo.ts';
import type { RepoKeyDeps } from '../../services/repo-keys.ts';
import type { RepoPatch } from '../../store/repos.ts';
import { repoOf, userOf } from '../mount.ts';
import type { LegacyMount } from './mount-legacy.ts';
import { sendSignature } from './signature.ts';

export interface LegacyRepoDeps extends EnableRepoDeps, RemoveRepoDeps, RepoKeyDeps {}

/** Rows 17 to 21 and 26: a repository and its settings. */
export function mountLegacyRepos(mount: LegacyMount, deps: LegacyRepoDeps): void {
  mount(legacyGetRepo, (call) => toLegacyRepo(repoOf(call)));
  mount(legacyDeleteRepo, async (call) => {
    await removeRepo(deps, { repo: repoOf(call), user: userOf(call) });
    return call.reply.status(200).send();
  });
  mount(legacyPatchRepo, async (call) => {
    const patch = toPatch(call.body, userOf(call));
    return toLegacyRepo(await changeRepo(deps, { repo: repoOf(call), patch }));
  });
  mount(
    legacyPostRepo,
    async (call) => {
      const repo = repoOf(call);
      if (repo.isActive) throw new AppError('conflict', 'Repository already activated.');
      const enabled = await enableRepo(deps, { repo, user: userOf(call) });
      const patch = { allowPush: true, allowDeploys: false, allowTags: false, ignorePullRequests: false };
      return toLegacyRepo(await changeRepo(deps, { repo: enabled, patch }));
    },
    { admitsInactive: true },
  );
  mount(legacyChownRepo, async (call) => {
    return toLegacyRepo(await chownRepo(deps, { repo: repoOf(call), user: userOf(call) }));
  });
  mount(
    legacySign,
    (call) => {
      const { body } = call.request;
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      return sendSignature(deps, repoOf(call).id, { bytes, reply: call.reply });
    },
    { takesBytes: true },
  );
}

export interface LegacyRepoPatch {
  readonly allow_push?: boolean;
  readonly allow_pr?: boolean;
  readonly allow_deploy?: boolean;
  readonly allow_deploys?: boolean;
  readonly allow_tag?: boolean;
  readonly allow_tags?: boolean;
  readonly trusted?: boolean;
  readonly timeout?: number;
}

/** Trust and timeout of people who are no administrators are left out without a word, as in 0.5. */
function toPatch(body: LegacyRepoPatch, user: User): RepoPatch {
  const { trusted, timeout } = body;
  return {
    ...toEventPatch(body),
    ...(user.isAdmin ? { isTrusted: trusted, timeoutMinutes: timeout } : {}),
  };
}

/** The members that only the 0.5 API has. The client sends the plural that it reads, the server took the singular. */
export function toEventPatch(body: LegacyRepoPatch): RepoPatch {
  const allowDeploys = body.allow_deploys ?? body.allow_deploy;
  const allowTags = body.allow_tags ?? body.allow_tag;
  return {
    ...(body.allow_push === undefined ? {} : { allowPush: body.allow_push }),
    ...(body.allow_pr === undefined ? {} : { ignorePullRequests: !body.allow_pr }),
    ...(allowDeploys === undefined ? {} : { allowDeploys }),
    ...(allowTags === undefined ? {} : { allowTags }),
  };
}
