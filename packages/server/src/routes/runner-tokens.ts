import {
  createRunnerToken,
  deleteRunnerToken,
  listRunnerTokens as listRoute,
  rotateRunnerToken as rotateRoute,
  toWireRunnerToken,
} from '@sortie/contract/runner-tokens';
import { requireNoWiderUse } from '../auth/token-limits.ts';
import { issueRunnerToken, type MadeRunnerToken, rotateRunnerToken } from '../services/runner-tokens.ts';
import type { Db } from '../store/db.ts';
import { findRunnerToken, listRunnerTokens, removeRunnerToken } from '../store/runner-tokens.ts';
import { type Mount, notFound } from './mount.ts';

/** Tokens by which runners on other machines attach. */
export function mountRunnerTokenRoutes(
  mount: Mount,
  deps: {
    readonly db: Db;
    /** Unix seconds. */
    readonly now: () => number;
  },
): void {
  mount(listRoute, async () => (await listRunnerTokens(deps.db)).map(toWireRunnerToken));

  mount(createRunnerToken, async ({ body, admission }) => {
    const { name, ranges = [], expires = 0, ...scope } = body;
    requireNoWiderUse(admission.caller, { ranges, expires });
    return show(await issueRunnerToken(deps, { name, ranges, expires, scope }));
  });

  mount(rotateRoute, async ({ params, body, admission }) => {
    const present = await findRunnerToken(deps.db, params.token);
    if (present === undefined) throw notFound('token');
    requireNoWiderUse(admission.caller, present);
    const made = await rotateRunnerToken(deps, params.token, body.overlap ?? 0);
    if (made === undefined) throw notFound('token');
    return show(made);
  });

  mount(deleteRunnerToken, async ({ params }) => {
    if (!(await removeRunnerToken(deps.db, params.token))) throw notFound('token');
    return undefined;
  });
}

function show({ token, text }: MadeRunnerToken) {
  return { ...toWireRunnerToken(token), token: text };
}
