import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import type { GitAnswer, GitRequest } from './exchange.ts';
import { findGit } from './git.ts';
import { createGitHost, type GitHost } from './host.ts';
import type { Access, Credentials, GitHostDeps, HostedRepo, Push, RepoName } from './host-deps.ts';
import { repoDir } from './storage.ts';

/** For tests only: a host behind a real HTTP server, with accounts and repositories in memory. */
export interface TestHost {
  readonly host: GitHost;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly folder: string;
  readonly root: string;
  readonly repos: Map<string, HostedRepo & { isPublic?: boolean }>;
  /** What `onPush` was told. */
  readonly pushes: Push<TestAccount>[];
  readonly logs: { level: string; message: string; fields: Readonly<Record<string, unknown>> }[];
  /** Address with credentials, for example `remote('me:secret', 'me/demo')`. */
  remote(credentials: string, slug: string): string;
  dirOf(slug: string): string;
  close(): Promise<void>;
}

export interface TestAccount {
  readonly login: string;
  /** Set for build tokens: the only repository that they open. */
  readonly onlySlug?: string;
}

/** `me` and `you` own what is below their names, `reader` may read everything, `ci` clones `me/demo`. */
const PASSWORDS: Readonly<Record<string, string>> = {
  me: 'secret',
  you: 'secret',
  reader: 'secret',
  ci: 'build',
};

export async function startTestHost(
  t: TestContext,
  overrides: Partial<GitHostDeps<TestAccount>> = {},
): Promise<TestHost> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-githost-'));
  const root = join(folder, 'git');
  const state = {
    repos: new Map<string, HostedRepo>(),
    pushes: [] as Push<TestAccount>[],
    logs: [] as TestHost['logs'],
  };
  const host = createGitHost<TestAccount>({
    root,
    git: await findGit({ searchPath: process.env.PATH ?? '' }),
    now: () => 1_700_000_000,
    authenticate,
    authorize: (account, repo, right) => authorize(state.repos, account, repo, right),
    createRepo: (_account, namespace, name) => createRepo(state.repos, `${namespace}/${name}`),
    onPush: async (push) => {
      state.pushes.push(push);
      return push.options.isSkip ? [] : [`build #${state.pushes.length} started`];
    },
    log: (level, message, fields) => {
      state.logs.push({ level, message, fields });
    },
    ...overrides,
  });
  const server = createServer((request, response) => void answer(host, request, response));
  const origin = await listen(server);
  const close = async (): Promise<void> => {
    await host.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(folder, { recursive: true, force: true });
  };
  t.after(close);
  return {
    ...state,
    host,
    origin,
    folder,
    root,
    remote: (credentials, slug) => `${origin.replace('//', `//${credentials}@`)}/git/${slug}.git`,
    dirOf: (slug) => repoDir(root, state.repos.get(slug)?.uid ?? ''),
    close,
  };
}

/** What the server package does in a few lines of Fastify. */
async function answer(host: GitHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = '', url = '', headers } = request;
  const reply: GitAnswer = await host.handle({ method, url, headers, body: request } satisfies GitRequest);
  response.writeHead(reply.status, reply.headers);
  if (!(reply.body instanceof Readable)) {
    response.end(reply.body);
    return;
  }
  const { body } = reply;
  // Tests wait for the status line to know that git has been started.
  response.flushHeaders();
  response.once('close', () => body.destroy());
  body.once('error', () => response.destroy());
  body.pipe(response);
}

async function authenticate({ login, password }: Credentials): Promise<TestAccount | undefined> {
  if (PASSWORDS[login] !== password) return undefined;
  return login === 'ci' ? { login, onlySlug: 'me/demo' } : { login };
}

async function authorize(
  repos: TestHost['repos'],
  account: TestAccount | undefined,
  name: RepoName,
  right: 'read' | 'write',
): Promise<Access> {
  const slug = `${name.namespace}/${name.name}`;
  const repo = repos.get(slug);
  if (repo?.isPublic && right === 'read') return { outcome: 'ok', repo };
  if (account === undefined) return { outcome: 'unauthorized' };
  if (account.onlySlug !== undefined && account.onlySlug !== slug) return { outcome: 'unauthorized' };
  const isOwner = account.login === name.namespace;
  if (repo === undefined) return { outcome: isOwner && right === 'write' ? 'create' : 'not-found' };
  if (isOwner) return { outcome: 'ok', repo };
  if (account.login !== 'reader' && account.onlySlug === undefined) return { outcome: 'not-found' };
  return right === 'read' ? { outcome: 'ok', repo } : { outcome: 'forbidden' };
}

async function createRepo(repos: TestHost['repos'], slug: string): Promise<HostedRepo> {
  const id = repos.size + 1;
  const repo = { id, uid: id.toString(16).padStart(32, 'a') };
  repos.set(slug, repo);
  return repo;
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    });
  });
}

export interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the git client in a folder, without any configuration of the machine. */
export function git(folder: string, ...args: readonly string[]): Promise<GitResult> {
  const person = { NAME: 'Ada', EMAIL: 'ada@example.com', DATE: '1700000000 +0000' };
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
  };
  for (const [key, value] of Object.entries(person)) {
    env[`GIT_AUTHOR_${key}`] = value;
    env[`GIT_COMMITTER_${key}`] = value;
  }
  return new Promise((resolve) => {
    execFile('git', args, { cwd: folder, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}

/** Runs git and fails the test when git fails; returns its trimmed output. */
export async function mustGit(folder: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await git(folder, ...args);
  if (code !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

/** A working folder with one commit on `main`; returns its path. */
export async function createWork(folder: string, name = 'work'): Promise<string> {
  const work = join(folder, name);
  await mustGit(folder, 'init', '--quiet', '-b', 'main', work);
  await writeFile(join(work, '.drone.yml'), 'kind: pipeline\nname: default\n');
  await mustGit(work, 'add', '.');
  await mustGit(work, 'commit', '--quiet', '-m', 'first');
  return work;
}

/** Adds an empty commit and returns its id. */
export async function commit(work: string, message: string): Promise<string> {
  await mustGit(work, 'commit', '--quiet', '--allow-empty', '-m', message);
  return mustGit(work, 'rev-parse', 'HEAD');
}
