import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { MirrorRef, Mirrors } from '@sortie/githost/mirror';
import type { MirrorRemote } from '@sortie/githost/mirror-settings';
import type { CloneAccess } from '../services/clone-access.ts';
import { isSameOrigin, isServiceAddress, rewriteAddress } from '../services/clone-address.ts';
import type { GitService } from '../services/git-service.ts';
import type { ChangePlace, RepoSource } from '../services/source.ts';

export interface ScmChangesDeps {
  readonly service: GitService;
  readonly access: CloneAccess;
  readonly mirrors: Mirrors;
  readonly transport: Pick<MirrorRemote, 'caPath' | 'proxy'>;
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  /** How long to wait for an answer; a fetch goes on behind it, for the next question. */
  readonly waitMs?: number;
}

/** A stage that is handed out waits no longer: its lease has begun. */
const WAIT_MS = 20_000;
const PULL_REF = /^refs\/(pull|pulls|pull-requests|merge-requests)\//;

/**
 * Compares commits of a Git service with git, in a mirror on this machine (rulings.md: lists of payloads never decide that
 * a build is skipped, and lists of services are cut or those of another moment).
 */
export function createScmChanges(deps: ScmChangesDeps): NonNullable<RepoSource['changedFiles']> {
  const { mirrors, waitMs = WAIT_MS } = deps;
  return async (repo, before, after, where) => {
    const refs = await findRefs(deps, repo, where);
    if (refs.length === 0) return undefined;
    const sinceFork = where !== undefined && PULL_REF.test(where.ref);
    const compared = mirrors.changedFiles({ id: repo.id, before, after, refs, sinceFork });
    const waiting = new AbortController();
    const patience = pause(waitMs, undefined, { signal: waiting.signal });
    try {
      return await Promise.race([compared, patience]);
    } catch (err) {
      deps.warn({ err, repo: repo.slug }, 'the commits of a build could not be compared');
      return undefined;
    } finally {
      waiting.abort();
      await Promise.allSettled([patience]);
    }
  };
}

/** Where the two commits are looked for; nowhere for an address that is not the service's own (scm.md X19). */
async function findRefs(
  deps: ScmChangesDeps,
  repo: Repo,
  where: ChangePlace | undefined,
): Promise<readonly MirrorRef[]> {
  if (!isServiceAddress(deps.service, repo.httpUrl)) return [];
  const remoteAt = await remoteOf(deps, repo);
  if (remoteAt === undefined) return [];
  const { ref = '', target = '', readFrom } = where ?? {};
  const branch = target === '' ? repo.defaultBranch : target.replace(/^refs\/heads\//, '');
  const own = remoteAt(repo.httpUrl);
  const names = new Set([...(ref.startsWith('refs/') ? [ref] : []), `refs/heads/${branch}`]);
  const head =
    readFrom !== undefined && isSameOrigin(readFrom.httpUrl, repo.httpUrl)
      ? [{ remote: remoteAt(readFrom.httpUrl), ref: readFrom.ref }]
      : [];
  return [...head, ...[...names].map((name) => ({ remote: own, ref: name }))];
}

async function remoteOf(
  { service, access, transport, warn }: ScmChangesDeps,
  repo: Repo,
): Promise<((address: string) => MirrorRemote) | undefined> {
  const { driver, internalUrl, skipsVerify } = service;
  const rules = internalUrl === undefined ? [] : [{ from: driver.link, to: internalUrl }];
  try {
    const found = await access.ownCredentials(repo);
    const credentials = found && { login: found.login, password: found.password };
    return (address) => ({
      ...transport,
      url: rewriteAddress(rules, address),
      skipsVerify,
      ...(credentials === undefined ? {} : { credentials }),
    });
  } catch (err) {
    if (!(err instanceof AppError)) throw err;
    warn({ err, repo: repo.slug }, 'the commits of a build could not be compared');
    return undefined;
  }
}
