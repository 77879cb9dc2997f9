import {
  deleteCollaborator,
  getCollaborator,
  listCollaborators as listCollaboratorsRoute,
  type WireCollaborator,
} from '@sortie/contract/collaborators';
import { toWirePermission } from '@sortie/contract/repos';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { Admission } from '../auth/admit.ts';
import type { Db } from '../store/db.ts';
import {
  type Collaborator,
  findPermission,
  listCollaborators,
  removePermission,
} from '../store/permissions.ts';
import { findUserByLogin } from '../store/users.ts';
import { type Mount, notFound, repoOf } from './mount.ts';

export function mountCollaboratorRoutes(mount: Mount, { db }: { readonly db: Db }): void {
  mount(listCollaboratorsRoute, async (call) => {
    requireSignedIn(call);
    const repo = repoOf(call);
    const rows = await listCollaborators(db, repo.id);
    return rows.map((row) => toWireCollaborator(repo, row));
  });

  mount(getCollaborator, async (call) => {
    requireSignedIn(call);
    const member = await requireMember(db, call.params.member);
    const permission = await findPermission(db, member.id, repoOf(call).id);
    if (permission === undefined) throw notFound('collaborator');
    return toWirePermission(permission);
  });

  mount(deleteCollaborator, async (call) => {
    const member = await requireMember(db, call.params.member);
    if (!(await removePermission(db, member.id, repoOf(call).id))) throw notFound('collaborator');
    return undefined;
  });
}

/** Who works on a public repository is not for strangers to collect. */
function requireSignedIn(call: { readonly admission: Admission }): void {
  if (call.admission.caller.user !== undefined) return;
  throw new AppError('unauthorized', 'Unauthorized', {
    hint: 'Sign in, or send a token as "Authorization: Bearer …".',
  });
}

async function requireMember(db: Db, login: string): Promise<User> {
  const user = await findUserByLogin(db, login);
  if (user === undefined) throw notFound('collaborator');
  return user;
}

function toWireCollaborator(repo: Repo, row: Collaborator): WireCollaborator {
  return {
    user_id: row.userId,
    repo_id: repo.uid,
    login: row.login,
    avatar: row.avatar,
    read: row.read,
    write: row.write,
    admin: row.admin,
    synced: row.synced,
    created: row.created,
    updated: row.updated,
  };
}
