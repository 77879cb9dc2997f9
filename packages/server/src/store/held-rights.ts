import { type RawBuilder, sql } from 'kysely';

/**
 * For queries over `permissions` and `repos`: whether a row still counts in a list. One repository is asked for at its
 * Git service when the row is old; lists are not, so a private repository is left out once the service refuses the token
 * of the account: nobody can find out then whether the right is still there.
 */
export function isHeldRight(): RawBuilder<boolean> {
  return sql<boolean>`(repos.visibility <> 'private'
    or not exists (select 1 from identities where identities.user_id = permissions.user_id
      and identities.connection_id = repos.connection_id and identities.is_invalid = 1)
    or exists (select 1 from identities where identities.user_id = permissions.user_id
      and identities.connection_id = repos.connection_id and identities.is_invalid = 0
      and identities.access_sealed <> '')
    or exists (select 1 from users where users.id = permissions.user_id and users.is_admin = 1))`;
}
