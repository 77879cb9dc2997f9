import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type RepoAccessRule, requireRepoAccess } from './access.ts';
import { type Permission, type Repo, UNTOUCHED_REPO, type Visibility } from './repo.ts';
import type { User } from './user.ts';

const person: User = {
  id: 1,
  connectionId: 1,
  uid: 'ada',
  login: 'ada',
  email: '',
  avatar: '',
  isMachine: false,
  isAdmin: false,
  isActive: true,
  isSyncing: false,
  synced: 0,
  created: 0,
  updated: 0,
  lastLogin: 0,
};
const callers = {
  anonymous: undefined,
  person,
  inactive: { ...person, isActive: false },
  admin: { ...person, isAdmin: true },
} as const;
const rights = {
  none: undefined,
  read: { read: true, write: false, admin: false },
  write: { read: true, write: true, admin: false },
  admin: { read: true, write: true, admin: true },
  'write without read': { read: false, write: true, admin: false },
} satisfies Record<string, Permission | undefined>;

function repo(visibility: Visibility): Repo {
  return {
    ...UNTOUCHED_REPO,
    id: 1,
    connectionId: 1,
    uid: 'r',
    userId: 1,
    namespace: 'a',
    name: 'b',
    slug: 'a/b',
    httpUrl: '',
    sshUrl: '',
    link: '',
    defaultBranch: 'main',
    isPrivate: visibility === 'private',
    visibility,
    isActive: true,
    configPath: '.drone.yml',
    timeoutMinutes: 60,
    counter: 0,
    synced: 0,
    created: 0,
    updated: 0,
    version: 1,
  };
}

/** The table of api-v1.md 1.4, one row a case: rule, visibility, caller, right, answer. */
const matrix: readonly [
  RepoAccessRule,
  Visibility | 'unknown',
  keyof typeof callers,
  keyof typeof rights,
  string,
][] = [
  ['repo:read', 'unknown', 'anonymous', 'none', 'unauthorized'],
  ['repo:read', 'unknown', 'person', 'none', 'not-found'],
  ['repo:read', 'unknown', 'admin', 'none', 'not-found'],
  ['repo:read', 'public', 'anonymous', 'none', 'ok'],
  ['repo:read', 'internal', 'anonymous', 'none', 'unauthorized'],
  ['repo:read', 'private', 'anonymous', 'none', 'unauthorized'],
  ['repo:write', 'public', 'anonymous', 'none', 'unauthorized'],
  ['repo:read', 'public', 'person', 'none', 'ok'],
  ['repo:read', 'internal', 'person', 'none', 'ok'],
  ['repo:read', 'private', 'person', 'none', 'not-found'],
  ['repo:read', 'private', 'person', 'read', 'ok'],
  ['repo:read', 'private', 'inactive', 'read', 'account-inactive'],
  ['repo:read', 'private', 'inactive', 'none', 'not-found'],
  ['repo:write', 'public', 'person', 'none', 'not-found'],
  ['repo:write', 'public', 'person', 'read', 'not-found'],
  ['repo:write', 'private', 'person', 'write', 'ok'],
  ['repo:write', 'private', 'person', 'write without read', 'not-found'],
  ['repo:write', 'private', 'inactive', 'write', 'account-inactive'],
  ['repo:admin', 'private', 'person', 'write', 'not-found'],
  ['repo:admin', 'private', 'person', 'admin', 'ok'],
  ['repo:admin', 'private', 'admin', 'none', 'ok'],
];

describe('access to a repository', () => {
  for (const [rule, visibility, caller, right, answer] of matrix) {
    it(`${rule} on ${visibility} by ${caller} with ${right}: ${answer}`, () => {
      const target = visibility === 'unknown' ? undefined : repo(visibility);
      const ask = () => requireRepoAccess(rule, target, callers[caller], rights[right]);
      if (answer === 'ok') assert.equal(ask(), target);
      else assert.throws(ask, { code: answer });
    });
  }
});
