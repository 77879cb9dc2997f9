import { createHash } from 'node:crypto';

/** Counts in the memory of one process: every server of a cluster allows as much by itself. */
export interface HookRepeats {
  /** Counts a genuine webhook; the seconds to wait when the same body has come too often lately. */
  takes(repoId: number, body: Uint8Array): number | undefined;
}

const MINUTE = 60;
const ALLOWED = 30;
/** More bodies than any server is sent in a minute; the oldest are forgotten first. */
const MAX_BODIES = 20_000;

/**
 * The same signed body may come again under new ids, thirty times a minute for a repository (scm.md X6): nobody can tell
 * a replay from a person who presses the test button. `now` is unix seconds.
 */
export function createHookRepeats(now: () => number): HookRepeats {
  const seen = new Map<string, { began: number; count: number }>();
  return {
    takes(repoId, body) {
      const key = `${repoId}:${createHash('sha256').update(body).digest('base64')}`;
      const known = seen.get(key);
      const current =
        known !== undefined && now() - known.began < MINUTE ? known : { began: now(), count: 0 };
      if (current.count >= ALLOWED) return Math.max(1, current.began + MINUTE - now());
      current.count += 1;
      seen.delete(key);
      seen.set(key, current);
      if (seen.size > MAX_BODIES) seen.delete(seen.keys().next().value ?? '');
      return undefined;
    },
  };
}
