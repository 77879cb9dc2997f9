import type { User } from '@sortie/core/user';
import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';

/** An account on the wire (api-v1.md 2.1). `avatar_url` repeats `avatar`: clients read one or the other. */
export const WireUser = Type.Object(
  {
    id: Type.Integer(),
    login: Type.String(),
    email: Type.String(),
    machine: Type.Boolean(),
    admin: Type.Boolean(),
    active: Type.Boolean(),
    avatar: Type.String(),
    avatar_url: Type.String(),
    syncing: Type.Boolean(),
    synced: Type.Integer(),
    created: Type.Integer(),
    updated: Type.Integer(),
    last_login: Type.Integer(),
    sync_error: Type.Optional(
      Type.String({ description: 'Why the last synchronisation failed; absent when it did not' }),
    ),
    sync_seen: Type.Optional(
      Type.Integer({ description: 'Repositories seen so far while `syncing`; absent before the first ones' }),
    ),
  },
  { title: 'User' },
);
export type WireUser = Static<typeof WireUser>;

export const getCurrentUser = defineRoute({
  id: 'getCurrentUser',
  allowsQueryToken: true,
  method: 'GET',
  path: '/api/user',
  access: 'user',
  scope: 'any',
  summary: 'The account behind the request',
  reply: WireUser,
});

export const updateCurrentUser = defineRoute({
  id: 'updateCurrentUser',
  method: 'PATCH',
  path: '/api/user',
  access: 'user',
  scope: 'account:write',
  summary: 'Changes the e-mail address of the account',
  body: Type.Object({
    email: Type.Optional(
      Type.String({
        maxLength: 250,
        pattern: '^[^\\u0000-\\u001f\\u007f]*$',
        description: 'Empty = none; absent = as it is',
      }),
    ),
  }),
  reply: WireUser,
  isAudited: true,
});

/** An account with its old user token. */
export const WireUserWithToken = Type.Object(
  { ...WireUser.properties, token: Type.String() },
  { title: 'UserWithToken' },
);

export const showUserToken = defineRoute({
  id: 'showUserToken',
  allowsQueryToken: true,
  method: 'POST',
  path: '/api/user/token',
  access: 'user',
  scope: 'account:write',
  summary:
    'Shows the one old token of the account, which may do everything; `rotate=true` makes a new one first',
  query: Type.Object({
    rotate: Type.Optional(
      Type.String({ description: '`true` ends the present token; also as a form member' }),
    ),
  }),
  reply: WireUserWithToken,
  errors: ['token-scope', 'token-weaker', 'conflict'],
  isAudited: true,
});

export function toWireUser(user: User): WireUser {
  return {
    id: user.id,
    login: user.login,
    email: user.email,
    machine: user.isMachine,
    admin: user.isAdmin,
    active: user.isActive,
    avatar: user.avatar,
    avatar_url: user.avatar,
    syncing: user.isSyncing,
    synced: user.synced,
    created: user.created,
    updated: user.updated,
    last_login: user.lastLogin,
    sync_error: user.syncError || undefined,
    sync_seen: user.isSyncing ? user.syncSeen : undefined,
  };
}
