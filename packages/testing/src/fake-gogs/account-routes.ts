import { createHash } from 'node:crypto';
import {
  bodyOf,
  empty,
  type FakeAnswer,
  type FakeCall,
  invalid,
  ok,
  signInRequired,
  textOf,
} from './answer.ts';
import { byPassword, byToken, mint } from './identify.ts';
import type { Present } from './present.ts';
import { type FakeState, modeOf } from './state.ts';
import type { FakeGogsTraps } from './traps.ts';

export interface FakeDeps {
  readonly state: FakeState;
  readonly traps: FakeGogsTraps;
  readonly present: Present;
}

/** `/user…`, `/users…` and `/orgs…`; undefined for a route that does not exist. */
export function answerAccounts(deps: FakeDeps, call: FakeCall): FakeAnswer | undefined {
  const [root, name = '', rest] = call.segments;
  if (root === 'users' && rest === 'tokens') return tokens(deps, call);
  if (root === 'user') return own(deps, call);
  if (root === 'users' && name !== '' && rest === undefined) {
    const found = deps.state.users.get(name.toLowerCase());
    return found ? ok(deps.present.user(found)) : empty(404);
  }
  if (root === 'orgs' && rest === 'repos') return orgRepos(deps, call, name);
  return undefined;
}

function own({ state, present }: FakeDeps, call: FakeCall): FakeAnswer | undefined {
  const user = byToken(state, call);
  if (user === undefined) return empty(401);
  const rest = call.segments[1];
  if (rest === undefined) return ok(present.user(user));
  if (rest === 'repos') {
    const mine = state.repos.filter(
      (repo) =>
        repo.modes.has(user.login) || repo.slug.toLowerCase().startsWith(`${user.login.toLowerCase()}/`),
    );
    return ok(mine.map((repo) => present.repoFor(repo, modeOf(repo, user, true))));
  }
  if (rest !== 'orgs') return undefined;
  const orgs = [...state.orgs.values()].filter(({ members }) => members.has(user.login));
  return ok(orgs.map(({ id, name }) => ({ id, username: name, full_name: '', avatar_url: '' })));
}

/** Claims full permissions for everybody, as Gogs does. */
function orgRepos({ state, present }: FakeDeps, call: FakeCall, org: string): FakeAnswer {
  if (byToken(state, call) === undefined) return empty(401);
  const repos = state.repos.filter(({ slug }) => slug.startsWith(`${org}/`));
  return ok(repos.map((repo) => present.repoFor(repo, 'admin')));
}

/** The name in the path is ignored: the password says whose tokens they are. */
function tokens({ state, traps }: FakeDeps, call: FakeCall): FakeAnswer | undefined {
  const user = byPassword(state, call);
  if (user === undefined) return traps.requiresSignIn ? signInRequired() : empty(401);
  if (call.method === 'GET')
    return ok([...user.tokens].map(([name, secret]) => ({ name, sha1: shown(secret) })));
  if (call.method !== 'POST') return undefined;
  const name = textOf(bodyOf(call), 'name');
  if (name === '') return { status: 422, body: [{ fieldNames: ['name'], classification: 'RequiredError' }] };
  if (traps.refusesTokenNames || user.tokens.has(name)) return invalid('access token already exists');
  return ok({ name, sha1: mint(state, user, name) }, 201);
}

/** Looks like a token and is the beginning of its hash. */
function shown(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 40);
}
