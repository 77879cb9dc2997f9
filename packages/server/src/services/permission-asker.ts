import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import type { StoredPermission } from '../store/permissions.ts';
import { askPermission } from './ask-permission.ts';
import type { RepoPermissionDeps } from './repo-permission.ts';
import { isOutage } from './service-outage.ts';

/** Asks Git services for rights, once for however many want to know, and remembers what need not be asked again. */
export interface PermissionAsker {
  /** See `askPermission`. */
  ask(user: User, repo: Repo): Promise<StoredPermission | undefined>;
  /** The service has just said that it shows the account no such repository. */
  isStranger(user: User, slug: string): boolean;
  noteStranger(user: User, slug: string): void;
  /** The service was out a moment ago, so that nobody who only reads is kept waiting for it. */
  isOut(connectionId: number): boolean;
  noteFailure(connectionId: number, error: unknown): void;
}

/** Seconds for which these are remembered. */
const STRANGER_SECONDS = 30;
const OUT_SECONDS = 15;
/** Whoever makes the server forget only makes it ask again. */
const MAX_STRANGERS = 10_000;

export function createPermissionAsker(deps: RepoPermissionDeps): PermissionAsker {
  const { now } = deps;
  const running = new Map<string, Promise<StoredPermission | undefined>>();
  const strangers = new Map<string, number>();
  const outUntil = new Map<number, number>();
  const asker: PermissionAsker = {
    ask(user, repo) {
      const key = `${user.id}:${repo.id}`;
      const known = running.get(key);
      if (known !== undefined) return known;
      const question = askPermission(deps, user, repo)
        .then((permission) => {
          if (permission === undefined) asker.noteStranger(user, repo.slug);
          outUntil.delete(repo.connectionId);
          return permission;
        })
        .finally(() => running.delete(key));
      // A reader may have stopped waiting.
      question.catch((error: unknown) => asker.noteFailure(repo.connectionId, error));
      running.set(key, question);
      return question;
    },
    isStranger: (user, slug) => (strangers.get(keyOf(user, slug)) ?? 0) > now(),
    noteStranger(user, slug) {
      if (strangers.size >= MAX_STRANGERS) strangers.clear();
      strangers.set(keyOf(user, slug), now() + STRANGER_SECONDS);
    },
    isOut: (connectionId) => (outUntil.get(connectionId) ?? 0) > now(),
    noteFailure(connectionId, error) {
      if (isOutage(error)) outUntil.set(connectionId, now() + OUT_SECONDS);
    },
  };
  return asker;
}

function keyOf(user: User, slug: string): string {
  return `${user.id}:${slug.toLowerCase()}`;
}
