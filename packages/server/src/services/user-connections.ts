import type { Connection } from '@sortie/core/connection';
import type { User } from '@sortie/core/user';
import { listConnections } from '../store/connections.ts';
import type { Db } from '../store/db.ts';
import { listIdentitiesOfUser } from '../store/identities.ts';

/**
 * Where an account may have repositories: the connection that it came from, and those that it has been linked to. Identity
 * providers have people only.
 */
export async function connectionsOf(db: Db, user: User): Promise<readonly Connection[]> {
  const identities = await listIdentitiesOfUser(db, user.id);
  const own = new Set([user.connectionId, ...identities.map(({ connectionId }) => connectionId)]);
  const connections = await listConnections(db);
  return connections.filter(({ id, kind }) => own.has(id) && kind !== 'oidc');
}
