import { AppError } from '@sortie/core/errors';
import type { RunnerScope } from '@sortie/core/runner-token';
import type { Scope } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import { createSignInLink } from './auth/sessions.ts';
import { issueToken } from './auth/tokens.ts';
import type { Config } from './config-build.ts';
import { prepareDataFolder } from './data-folder.ts';
import { firstAdmin } from './first-admin.ts';
import { noteCommand } from './services/note-command.ts';
import { issueRunnerToken } from './services/runner-tokens.ts';
import { findConnectionByName } from './store/connections.ts';
import { type Database, inTransaction, openDatabase } from './store/db.ts';
import { findUserByLogin } from './store/users.ts';

/** The accounts of a data folder, for the person who owns the machine. */
export interface Accounts {
  /** `lifetimeMs` 0 = never expires. Without a login it is the first administrator's. */
  issueToken(request: {
    readonly login?: string;
    readonly name: string;
    readonly scopes: readonly Scope[];
    readonly lifetimeMs: number;
  }): Promise<{ readonly login: string; readonly text: string }>;
  /** The address of a fresh one-time sign-in link. */
  signInLink(request: { readonly login?: string }): Promise<string>;
  /** The text of a token for a runner on another machine. */
  issueRunnerToken(request: {
    readonly name: string;
    readonly scope: Partial<RunnerScope>;
    readonly ranges: readonly string[];
    readonly lifetimeMs: number;
  }): Promise<string>;
  close(): Promise<void>;
}

/** Opens the database beside a server that may be running. Throws what opening it throws. */
export async function openAccounts(config: Config): Promise<Accounts> {
  await prepareDataFolder(config.dataFolder);
  const database = await openDatabase(config.database);
  const auth = { db: database.db, now: () => Math.floor(Date.now() / 1000) };
  return {
    async issueToken({ login, name, scopes, lifetimeMs }) {
      const user = await findAccount(database, auth.now, login);
      const expires = lifetimeMs === 0 ? 0 : auth.now() + Math.ceil(lifetimeMs / 1000);
      return inTransaction(database.db, async (tx) => {
        const inside = { db: tx, now: auth.now };
        const { token, text } = await issueToken(inside, { userId: user.id, name, scopes, expires });
        const subject = `users/${user.login} tokens/${token.id}`;
        await noteCommand(inside, { action: 'createToken', subject });
        return { login: user.login, text };
      });
    },
    async signInLink({ login }) {
      const user = await findAccount(database, auth.now, login);
      const link = await inTransaction(database.db, async (tx) => {
        const inside = { db: tx, now: auth.now };
        await noteCommand(inside, { action: 'createSignInLink', subject: `users/${user.login}` });
        return createSignInLink(inside, { userId: user.id, timeoutMs: config.session.linkTimeoutMs });
      });
      return `${config.server.publicUrl}/login/link#${link.secret}`;
    },
    async issueRunnerToken({ name, scope, ranges, lifetimeMs }) {
      const expires = lifetimeMs === 0 ? 0 : auth.now() + Math.ceil(lifetimeMs / 1000);
      return inTransaction(database.db, async (tx) => {
        const inside = { db: tx, now: auth.now };
        const { token, text } = await issueRunnerToken(inside, { name, scope, ranges, expires });
        await noteCommand(inside, { action: 'createRunnerToken', subject: `runner-tokens/${token.id}` });
        return text;
      });
    },
    close: () => database.close(),
  };
}

async function findAccount({ db }: Database, now: () => number, login: string | undefined): Promise<User> {
  const builtin = await findConnectionByName(db, 'builtin');
  const user =
    login === undefined ? await firstAdmin({ db, now }, builtin?.id ?? 0) : await findUserByLogin(db, login);
  if (user !== undefined) return user;
  const who = login === undefined ? 'no administrator' : `no account ${JSON.stringify(login)}`;
  throw new AppError('not-found', `There is ${who} in this data folder.`, {
    hint: 'Check SORTIE_DATA, or create the account with DRONE_USER_CREATE=username:NAME,admin:true.',
  });
}
