import type { User } from '@sortie/core/user';

/** An account of the 0.5 API (api-legacy.md 2.1). */
export interface LegacyUser {
  readonly id: number;
  readonly login: string;
  readonly email: string;
  readonly avatar_url: string;
  readonly active: boolean;
  /** Only in the caller's own account, and only when true. */
  readonly admin?: true;
}

/** Somebody's account, as the lists of administrators show it. */
export function toLegacyUser(user: User): LegacyUser {
  const { id, login, email } = user;
  return { id, login, email, avatar_url: user.avatar, active: user.isActive };
}

/** The caller's own account. */
export function toLegacySelf(user: User): LegacyUser {
  return { ...toLegacyUser(user), ...(user.isAdmin ? { admin: true } : {}) };
}
