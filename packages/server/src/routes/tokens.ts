import {
  createMachineToken,
  createToken,
  deleteMachineToken,
  deleteToken,
  listMachineTokens,
  listTokens as listTokensRoute,
  renameToken as renameTokenRoute,
  rotateMachineToken,
  rotateToken,
  toWireToken,
} from '@sortie/contract/tokens';
import { AppError } from '@sortie/core/errors';
import type { Token } from '@sortie/core/token';
import type { User } from '@sortie/core/user';
import type { Admission } from '../auth/admit.ts';
import { requireNoMoreRights } from '../auth/token-limits.ts';
import type { AuthDeps } from '../auth/tokens.ts';
import { type MadeToken, makeToken, renewToken } from '../services/make-token.ts';
import type { Db } from '../store/db.ts';
import { findSlugsOfRepos } from '../store/repo-owners.ts';
import { listTokens, removeToken, renameToken } from '../store/tokens.ts';
import { type Mount, notFound, userOf } from './mount.ts';
import { loadUser } from './user-admin.ts';

/** API tokens: those of the account itself, and for administrators those of machines. */
export function mountTokenRoutes(mount: Mount, auth: AuthDeps): void {
  mountOwnTokens(mount, auth);
  mountMachineTokens(mount, auth);
}

function mountOwnTokens(mount: Mount, auth: AuthDeps): void {
  mount(listTokensRoute, async (call) => showTokens(auth.db, await listTokens(auth.db, userOf(call).id)));

  mount(createToken, async (call) => {
    const made = await makeToken(auth, call.admission.caller, userOf(call), call.body);
    return showMade(auth.db, made);
  });

  mount(renameTokenRoute, async (call) => {
    await requireOwnRights(auth, call);
    const key = { id: call.params.token, userId: userOf(call).id };
    const token = await renameToken(auth.db, key, call.body.name);
    if (token === undefined) throw notFound('token');
    return toWireToken(token, await findSlugsOfRepos(auth.db, token.repoIds));
  });

  mount(rotateToken, async (call) => {
    const key = { id: call.params.token, userId: userOf(call).id };
    const made = await renewToken(auth, call.admission.caller, key, call.body.overlap ?? 0);
    return showMade(auth.db, made);
  });

  mount(deleteToken, async (call) => {
    await requireOwnRights(auth, call);
    const isRemoved = await removeToken(auth.db, { id: call.params.token, userId: userOf(call).id });
    if (!isRemoved) throw notFound('token');
    return undefined;
  });
}

/** A limited token touches no token that may do more than itself. */
async function requireOwnRights(
  auth: AuthDeps,
  call: { readonly params: { readonly token: number }; readonly admission: Admission },
): Promise<void> {
  const { caller } = call.admission;
  const tokens = await listTokens(auth.db, userOf(call).id);
  const token = tokens.find(({ id }) => id === call.params.token);
  if (token !== undefined) requireNoMoreRights(caller, token);
}

function mountMachineTokens(mount: Mount, auth: AuthDeps): void {
  mount(listMachineTokens, async ({ params }) => {
    const machine = await loadMachine(auth.db, params.user);
    return showTokens(auth.db, await listTokens(auth.db, machine.id));
  });

  mount(createMachineToken, async ({ params, body, admission }) => {
    const machine = await loadMachine(auth.db, params.user);
    return showMade(auth.db, await makeToken(auth, admission.caller, machine, body));
  });

  mount(rotateMachineToken, async ({ params, body, admission }) => {
    const machine = await loadMachine(auth.db, params.user);
    const key = { id: params.token, userId: machine.id };
    return showMade(auth.db, await renewToken(auth, admission.caller, key, body.overlap ?? 0));
  });

  mount(deleteMachineToken, async ({ params }) => {
    const machine = await loadMachine(auth.db, params.user);
    if (!(await removeToken(auth.db, { id: params.token, userId: machine.id }))) throw notFound('token');
    return undefined;
  });
}

/** Throws `not-found`, and `forbidden` for people: their tokens are their own affair. */
async function loadMachine(db: Db, login: string): Promise<User> {
  const user = await loadUser(db, login);
  if (user.isMachine) return user;
  throw new AppError('forbidden', 'People manage their tokens themselves.', {
    hint: 'Make a machine account for programs, or ask the person.',
  });
}

async function showTokens(db: Db, tokens: readonly Token[]) {
  const slugs = await findSlugsOfRepos(db, [...new Set(tokens.flatMap((token) => token.repoIds))]);
  return tokens.map((token) => toWireToken(token, slugs));
}

async function showMade(db: Db, made: MadeToken | undefined) {
  if (made === undefined) throw notFound('token');
  const { token, text } = made;
  return { ...toWireToken(token, await findSlugsOfRepos(db, token.repoIds)), token: text };
}
