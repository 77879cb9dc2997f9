import { Type } from 'typebox';
import { defineRoute } from './route.ts';
import { WireUser } from './users.ts';

/** Swaps a one-time sign-in link for a session cookie. The page `/login/link#TOKEN` posts here. */
export const signInWithLink = defineRoute({
  id: 'signInWithLink',
  method: 'POST',
  path: '/login/link',
  access: 'open',
  summary: 'Signs in with a one-time link; the answer sets the session cookie',
  body: Type.Object({ token: Type.String({ minLength: 1, maxLength: 200 }) }),
  reply: WireUser,
  errors: ['sign-in-link-invalid', 'account-inactive', 'machine-sign-in', 'cross-site-request'],
  isAudited: true,
});

export const endSessions = defineRoute({
  id: 'endSessions',
  method: 'DELETE',
  path: '/api/user/sessions',
  access: 'user',
  scope: 'account:write',
  summary: 'Signs the account out everywhere: ends its sessions and the sign-in links that wait for it',
  isAudited: true,
});

export const signOut = defineRoute({
  id: 'signOut',
  method: 'POST',
  path: '/logout',
  access: 'open',
  summary: 'Ends the session of the cookie',
  produces: ['text/html'],
  errors: ['cross-site-request'],
});
