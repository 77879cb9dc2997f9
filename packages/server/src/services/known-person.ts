import { AppError } from '@sortie/core/errors';
import { lowerName } from '@sortie/core/names';
import type { User } from '@sortie/core/user';
import { ensureConnection, findConnectionByName } from '../store/connections.ts';
import type { Db, Tx } from '../store/db.ts';
import { findIdentityByUid, type Identity } from '../store/identities.ts';
import { readMeta, writeMeta } from '../store/meta.ts';
import { findUserById, findUserByUid } from '../store/users.ts';
import type { Arrival } from './sign-in-ways.ts';

type Known = Pick<Arrival, 'connection' | 'person'>;

/**
 * The account of somebody whom a service has vouched for: by the identity, or by the account's own id at the connection,
 * which it had before there were identities. Throws `identity-taken` while it is not sure that it is the same person.
 */
export async function findKnown(db: Tx | Db, { connection, person }: Known): Promise<User | undefined> {
  const identity = await findIdentityByUid(db, connection.id, person.uid);
  if (identity === undefined) return findUserByUid(db, connection.id, person.uid);
  await requireSamePerson(db, identity, person);
  return findUserById(db, identity.userId);
}

/**
 * The connection of a service of the settings. Where its address leads elsewhere from now on, the ids of its accounts may be
 * those of other people: until an account has signed in there, it is known by id and login together, and `warn` is told.
 */
export async function connectService(
  deps: {
    readonly db: Db;
    /** Unix seconds. */
    readonly now: () => number;
    readonly warn: (sentence: string) => void;
  },
  wanted: Parameters<typeof ensureConnection>[1],
) {
  const before = await findConnectionByName(deps.db, wanted.name);
  // First, so that whoever stops here finds the mark at the next start.
  if (before !== undefined && placeOf(before.url) !== placeOf(wanted.url)) {
    await writeMeta(deps.db, movedKey(before.id), String(deps.now()));
    deps.warn(
      `THE ADDRESS OF ${wanted.name.toUpperCase()} HAS CHANGED from ${before.url} to ${wanted.url}. If that is the same service at another address, all is well: each account must come back with the login that it had. If it is another service, accounts and repositories with the same ids there belong to other people: stop this server and give it a new database, or set the former address again.`,
    );
  }
  return ensureConnection(deps.db, wanted);
}

async function requireSamePerson(db: Tx | Db, identity: Identity, person: Known['person']): Promise<void> {
  if (lowerName(identity.login) === lowerName(person.login)) return;
  const moved = Number((await readMeta(db, movedKey(identity.connectionId))) ?? 0);
  if (identity.updated >= moved) return;
  throw new AppError(
    'identity-taken',
    `The account ${JSON.stringify(person.login)} has the id that another one had before the address of the service was changed.`,
    {
      hint: 'An administrator of this server checks that it is the same service, and deletes the account that had the id if that was renamed.',
    },
  );
}

/** Host and path: the same service may be reached with and without TLS. */
function placeOf(address: string): string {
  const url = URL.parse(address);
  return url === null ? address : `${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

function movedKey(connectionId: number): string {
  return `service-moved:${connectionId}`;
}
