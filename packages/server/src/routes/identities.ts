import { deleteIdentity, listIdentities, type WireIdentity } from '@sortie/contract/identities';
import type { Connection } from '@sortie/core/connection';
import type { User } from '@sortie/core/user';
import { requireFullRights } from '../auth/token-limits.ts';
import { unlinkIdentity } from '../services/link-identity.ts';
import type { SignInWay } from '../services/sign-in-ways.ts';
import { listConnections } from '../store/connections.ts';
import type { Db } from '../store/db.ts';
import { type Identity, listIdentitiesOfUser } from '../store/identities.ts';
import { findUserById } from '../store/users.ts';
import { type Mount, notFound, userOf } from './mount.ts';

export interface IdentityRouteDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
  readonly ways: readonly SignInWay[];
  /** Looks for the repositories that are left, behind the answer. */
  readonly syncAnew: (user: User) => Promise<void>;
}

/** The accounts at services that belong to the account behind the request. */
export function mountIdentityRoutes(mount: Mount, deps: IdentityRouteDeps): void {
  mount(listIdentities, async (call) => {
    const user = userOf(call);
    const connections = await listConnections(deps.db);
    const identities = await listIdentitiesOfUser(deps.db, user.id);
    return identities.flatMap((identity) => {
      const connection = connections.find(({ id }) => id === identity.connectionId);
      return connection === undefined ? [] : [toWire(deps, { user, identity, connection })];
    });
  });

  mount(deleteIdentity, async (call) => {
    // Who takes the ways in away must be able to do everything.
    requireFullRights(call.admission.caller);
    const isGone = await unlinkIdentity(deps, userOf(call).id, call.params.identity);
    if (!isGone) throw notFound('account at a service');
    const left = await findUserById(deps.db, userOf(call).id);
    if (left !== undefined) await deps.syncAnew(left);
    return undefined;
  });
}

interface Known {
  readonly user: User;
  readonly identity: Identity;
  readonly connection: Connection;
}

function toWire({ ways }: IdentityRouteDeps, { user, identity, connection }: Known): WireIdentity {
  const way = ways.find((each) => each.connection.id === connection.id);
  return {
    id: identity.id,
    service: connection.name,
    title: way?.title ?? connection.name,
    kind: connection.kind,
    login: identity.login,
    connected: way !== undefined,
    primary: user.connectionId === connection.id && user.uid === identity.uid,
    has_token: identity.accessSealed !== '',
    token_valid: identity.accessSealed !== '' && !identity.isInvalid,
    note: identity.note,
    created: identity.created,
    updated: identity.updated,
  };
}
