import type { AccessSource } from '../auth/admit.ts';
import { type AdoptRepoDeps, adoptRepo } from './adopt-repo.ts';
import { createOrgRoles, type OrgRoleDeps, ownsNamespace } from './org-role.ts';
import { createRepoPermissions, type RepoPermissionDeps } from './repo-permission.ts';

export type AccessSourceDeps = RepoPermissionDeps & OrgRoleDeps & AdoptRepoDeps;

/** What the access check asks of Git services. */
export function createAccessSource(deps: AccessSourceDeps): AccessSource {
  const permissions = createRepoPermissions(deps);
  return {
    permission: permissions.find,
    missed: permissions.miss,
    role: createOrgRoles(deps),
    owns: (user, namespace) => ownsNamespace(deps, user, namespace),
    adopt: (user, slug) => adoptRepo(deps, user, slug),
  };
}
