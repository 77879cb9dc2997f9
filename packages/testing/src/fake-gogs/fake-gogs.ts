import type { AddressInfo } from 'node:net';
import { createActions, type FakeActions } from './actions.ts';
import { createDeliverer, type FakeDelivery } from './deliver.ts';
import { mint } from './identify.ts';
import { createPresent } from './present.ts';
import { type FakePush, push } from './push.ts';
import { createReceivePack } from './receive-pack.ts';
import { createFakeServer, type FakeRequest } from './serve.ts';
import {
  createState,
  type FakeMode,
  type FakeRepo,
  type FakeState,
  type FakeUser,
  repoOf,
  userOf,
} from './state.ts';
import { createTraps, type FakeGogsTraps } from './traps.ts';
import { createUploadPack } from './upload-pack.ts';

export interface FakeGogsOptions {
  /** 0 = any free port. */
  readonly port?: number;
  readonly traps?: Partial<FakeGogsTraps>;
}

export interface FakeRepoOptions {
  readonly isPrivate?: boolean;
  readonly defaultBranch?: string;
  /** Rights of accounts by login. */
  readonly modes?: Readonly<Record<string, FakeMode>>;
}

/** A Gogs with its traps on a port of its own, for tests and for trying things by hand. */
export interface FakeGogs extends FakeActions {
  /** With a slash at its end. */
  readonly url: string;
  readonly traps: FakeGogsTraps;
  readonly state: FakeState;
  readonly requests: readonly FakeRequest[];
  readonly deliveries: readonly FakeDelivery[];
  /** The password is `Pw-LOGIN`. */
  addUser(login: string, options?: { readonly isSiteAdmin?: boolean }): FakeUser;
  /** A new access token. */
  addToken(login: string): string;
  /** All tokens of the account are dead from now on. */
  revokeTokens(login: string): void;
  addOrg(name: string, members: readonly string[]): void;
  addRepo(slug: string, options?: FakeRepoOptions): FakeRepo;
  fork(slug: string, login: string): FakeRepo;
  /** Takes the right away when no mode is given. */
  setMode(slug: string, login: string, mode?: FakeMode): void;
  rename(slug: string, to: string): void;
  push(slug: string, change?: FakePush): string;
  redeliver(uuid: string): void;
  /** The local network setting was changed and the server restarted. */
  restart(): void;
  /** Resolves when all webhooks are delivered. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export async function startFakeGogs(options: FakeGogsOptions = {}): Promise<FakeGogs> {
  const state = createState();
  const traps = createTraps(options.traps);
  const requests: FakeRequest[] = [];
  const uploadPack = createUploadPack();
  const git = { uploadPack, receivePack: () => receivePack };
  const server = createFakeServer(() => ({ state, traps, present }), requests, git);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const base = `http://127.0.0.1:${port}/`;
  const present = createPresent(state, base);
  const deliverer = createDeliverer((url) => isBlocked(url, traps));
  const deps = { state, traps, present, deliverer, base };
  const actions = createActions(deps);
  const receivePack = createReceivePack(deps, uploadPack, actions);
  return {
    url: base,
    traps,
    state,
    requests,
    deliveries: deliverer.deliveries,
    ...actions,
    ...createAccounts(state),
    push: (slug, change = {}) => push(deps, slug, change),
    redeliver: deliverer.redeliver,
    restart: deliverer.retryBlocked,
    settled: deliverer.settled,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await uploadPack.close();
    },
  };
}

function createAccounts(state: FakeState) {
  const addRepo = (slug: string, options: FakeRepoOptions = {}, parent?: FakeRepo): FakeRepo => {
    const repo: FakeRepo = {
      id: state.next(),
      slug,
      isPrivate: options.isPrivate ?? false,
      defaultBranch: options.defaultBranch ?? 'main',
      parent,
      modes: new Map(Object.entries(options.modes ?? {})),
      commits: new Map(parent?.commits),
      tagObjects: new Map(parent?.tagObjects),
      refs: new Map(parent && [...parent.refs].filter(([ref]) => !ref.startsWith('refs/pull/'))),
      hooks: [],
      pulls: [],
      comments: [],
    };
    state.repos.push(repo);
    return repo;
  };
  return {
    addUser(login: string, { isSiteAdmin = false } = {}): FakeUser {
      const fullName = `${login[0]?.toUpperCase()}${login.slice(1)} Example`;
      const known = {
        id: state.next(),
        login,
        password: `Pw-${login}`,
        email: `${login}@example.test`,
        fullName,
      };
      const user: FakeUser = { ...known, isSiteAdmin, tokens: new Map() };
      state.users.set(login.toLowerCase(), user);
      return user;
    },
    addToken: (login: string) => mint(state, userOf(state, login), `test-${state.next()}`),
    revokeTokens: (login: string) => userOf(state, login).tokens.clear(),
    addOrg(name: string, members: readonly string[]) {
      state.orgs.set(name, { id: state.next(), name, members: new Set(members) });
    },
    addRepo: (slug: string, options?: FakeRepoOptions) => addRepo(slug, options),
    fork(slug: string, login: string) {
      const parent = repoOf(state, slug);
      const name = slug.split('/')[1] ?? '';
      const { isPrivate, defaultBranch } = parent;
      return addRepo(`${login}/${name}`, { isPrivate, defaultBranch }, parent);
    },
    setMode(slug: string, login: string, mode?: FakeMode) {
      const { modes } = repoOf(state, slug);
      if (mode === undefined) modes.delete(login);
      else modes.set(login, mode);
    },
    rename(slug: string, to: string) {
      repoOf(state, slug).slug = to;
    },
  };
}

/** Exact host names only: no ports, no ranges. */
function isBlocked({ hostname }: URL, { blocksLocalNetwork, localAllowlist }: FakeGogsTraps): boolean {
  if (!blocksLocalNetwork || localAllowlist.includes('*') || localAllowlist.includes(hostname)) return false;
  return /^(localhost|127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|\[)/.test(hostname);
}
