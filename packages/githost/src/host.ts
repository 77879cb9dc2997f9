import { AppError } from '@sortie/core/errors';
import type { RefChange } from './changes.ts';
import type { GitAnswer, GitRequest } from './exchange.ts';
import { BusyError, createKeyedLocks, STOPPING } from './gate.ts';
import { createGitPool } from './git-pool.ts';
import {
  DEFAULT_LIMITS,
  type GitAccount,
  type GitHostDeps,
  type HostContext,
  type HostedRepo,
} from './host-deps.ts';
import type { GitRepo } from './objects.ts';
import type { RefMap } from './refs.ts';
import { errorAnswer } from './refusal.ts';
import { openRepo, parseRequest, serve } from './serve.ts';
import { initRepo, prepareStorage, purgeTrash, trashRepo } from './storage.ts';
import { locked, maintain, reconcile } from './upkeep.ts';
import { createUsageMeter } from './usage.ts';

/** The built-in Git host: smart HTTP over the git program (scm.md 7). */
export interface GitHost {
  /** Answers a request below `/git/`. Never rejects: errors are answers. */
  handle(request: GitRequest): Promise<GitAnswer>;
  /** For the reading functions; a repository that nobody has pushed to reads as empty. */
  openRepo(repo: HostedRepo): Promise<GitRepo>;
  /** Makes the bare repository ahead of the first push. */
  createStorage(repo: HostedRepo): Promise<void>;
  /**
   * What has moved since `lastSeen` (ref names to commits, see `snapshotRefs`): the pushes whose `onPush` did
   * not end. Called at the start, before requests are taken (B12).
   */
  reconcile(repo: HostedRepo, lastSeen: RefMap): Promise<readonly RefChange[]>;
  /** Runs `work` while no push goes into the repository or is being announced. */
  exclusively<T>(repo: HostedRepo, work: () => Promise<T>): Promise<T>;
  /** Repacks; waits for pushes and keeps them waiting. */
  maintain(repo: HostedRepo): Promise<void>;
  /** Puts the repository into the trash. */
  remove(repo: HostedRepo): Promise<void>;
  /** Deletes what has been in the trash for longer; returns how many repositories. */
  purgeTrash(keepSeconds: number): Promise<number>;
  /** Refuses new requests, ends running children and waits for pushes that are being announced. */
  close(): Promise<void>;
}

export function createGitHost<A extends GitAccount>(deps: GitHostDeps<A>): GitHost {
  const work = new Set<Promise<void>>();
  const context = createContext(deps, work);
  const { pool } = context;
  const prepare = createPreparation(context);
  let isClosed = false;

  return {
    async handle(request) {
      try {
        if (isClosed) throw new BusyError(STOPPING);
        const route = parseRequest(request);
        await prepare();
        return await serve(context, route, watchBody(request));
      } catch (error) {
        return answerError(context, request, error);
      }
    },
    openRepo: (repo) => prepare().then(() => openRepo(context, repo)),
    async createStorage(repo) {
      await prepare();
      await locked(context, repo, () => initRepo({ root: deps.root, pool }, repo.uid));
    },
    reconcile: (repo, lastSeen) => locked(context, repo, () => reconcile(context, repo, lastSeen)),
    exclusively: (repo, work) => locked(context, repo, work),
    maintain: (repo) => locked(context, repo, () => maintain(context, repo)),
    remove: (repo) => locked(context, repo, () => trashRepo(deps.root, repo.uid, deps.now())),
    purgeTrash: (keepSeconds) => prepare().then(() => purgeTrash(deps.root, deps.now(), keepSeconds)),
    async close() {
      isClosed = true;
      await pool.stopTransfers();
      await Promise.all(work);
      await pool.close();
    },
  };
}

function createContext<A extends GitAccount>(deps: GitHostDeps<A>, work: Set<Promise<void>>): HostContext<A> {
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  return {
    deps,
    limits,
    pool: createGitPool({ git: deps.git, root: deps.root, limits }),
    locks: createKeyedLocks(limits.waiting),
    usage: createUsageMeter(),
    track(task) {
      const done: Promise<void> = task
        .catch((error: unknown) => deps.log('error', 'push ended with an error', { error }))
        .finally(() => work.delete(done));
      work.add(done);
    },
  };
}

/** Makes the folders at the first use; a failure is tried again at the next one. */
function createPreparation<A extends GitAccount>(context: HostContext<A>): () => Promise<void> {
  let ready: Promise<void> | undefined;
  return () => {
    ready ??= prepareStorage({ root: context.deps.root, pool: context.pool }).catch((error: unknown) => {
      ready = undefined;
      throw error;
    });
    return ready;
  };
}

class ClientGone extends Error {
  override readonly name = 'ClientGone';
  override readonly message = 'The client has gone.';
}

/** Clients come and go; that is no failure of ours. */
function isGone(error: unknown): boolean {
  return (
    error instanceof ClientGone || (error instanceof Error && 'code' in error && error.code === 'ECONNRESET')
  );
}

/** A request whose signal also says that its body broke off, so that nothing goes on waiting for a place. */
function watchBody(request: GitRequest): GitRequest {
  const gone = new AbortController();
  request.body.once('close', () => {
    if (!request.body.readableEnded) gone.abort(new ClientGone());
  });
  const signal = request.signal ? AbortSignal.any([request.signal, gone.signal]) : gone.signal;
  return { ...request, signal };
}

function answerError<A extends GitAccount>(
  context: HostContext<A>,
  request: GitRequest,
  error: unknown,
): GitAnswer {
  const isExpected =
    isGone(error) || error instanceof BusyError || (error instanceof AppError && error.status < 500);
  const path = request.url.split('?')[0];
  if (!isExpected) context.deps.log('error', 'git request failed', { method: request.method, path, error });
  if (error instanceof AppError || error instanceof BusyError) return errorAnswer(error);
  return errorAnswer(
    new AppError('internal', 'The Git host failed while it worked on the request.', {
      hint: 'The administrator finds the cause in the log of the server.',
    }),
  );
}
