import type { User } from '@sortie/core/user';
import { type Static, Type } from 'typebox';
import { WireRepos } from './repos.ts';
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
  },
  { title: 'User' },
);
export type WireUser = Static<typeof WireUser>;

export const getCurrentUser = defineRoute({
  id: 'getCurrentUser',
  method: 'GET',
  path: '/api/user',
  access: 'user',
  scope: 'any',
  summary: 'The account behind the request',
  reply: WireUser,
});

export const listUserRepos = defineRoute({
  id: 'listUserRepos',
  method: 'GET',
  path: '/api/user/repos',
  access: 'user',
  scope: 'builds:read',
  summary: 'Repositories that the account has a permission for, by slug',
  query: Type.Object({
    latest: Type.Optional(Type.String({ description: '`true` adds the newest build of each repository' })),
  }),
  reply: WireRepos,
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
  };
}
