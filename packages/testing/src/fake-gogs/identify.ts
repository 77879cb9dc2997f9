import type { FakeCall } from './answer.ts';
import { type FakeState, type FakeUser, sha1 } from './state.ts';

/** The account of a token in the header; only the scheme in lower case counts. */
export function byToken(state: FakeState, { authorization }: FakeCall): FakeUser | undefined {
  return authorization.startsWith('token ') ? holder(state, authorization.slice(6)) : undefined;
}

/** The account of name (or e-mail) and password. */
export function byPassword(state: FakeState, { authorization }: FakeCall): FakeUser | undefined {
  const [name, password] = basic(authorization);
  const user = [...state.users.values()].find(
    ({ login, email }) => name.toLowerCase() === (name.includes('@') ? email : login).toLowerCase(),
  );
  return user !== undefined && user.password === password ? user : undefined;
}

/** Over Git the token is the name, or the password of any name. */
export function byGitCredentials(state: FakeState, { authorization }: FakeCall): FakeUser | undefined {
  const [name, password] = basic(authorization);
  return holder(state, name) ?? holder(state, password);
}

function basic(authorization: string): [string, string] {
  if (!authorization.startsWith('Basic ')) return ['', ''];
  const pair = Buffer.from(authorization.slice(6), 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 ? ['', ''] : [pair.slice(0, colon), pair.slice(colon + 1)];
}

function holder(state: FakeState, secret: string): FakeUser | undefined {
  return [...state.users.values()].find(({ tokens }) => [...tokens.values()].includes(secret));
}

/** A new secret for the account. */
export function mint(state: FakeState, user: FakeUser, name: string): string {
  const secret = sha1('token', user.login, name, state.next());
  user.tokens.set(name, secret);
  return secret;
}
