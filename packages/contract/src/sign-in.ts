import { Type } from 'typebox';
import { defineRoute } from './route.ts';
import { WireUser } from './users.ts';

/** One way in: a form for names and passwords, or a redirect to the service. */
export const WireSignInWay = Type.Object(
  {
    name: Type.String({ description: 'Short name of the connection, for example `gogs`' }),
    title: Type.String({ description: 'As people call it' }),
    kind: Type.Enum(['form', 'redirect']),
    accepts_token: Type.Boolean({
      description: 'Whether the form also takes an access token of the service in place of a password',
    }),
    url: Type.String({
      description: 'Where the form is posted, or the browser is sent; with the path of the server',
    }),
  },
  { title: 'SignInWay' },
);

export const listSignInWays = defineRoute({
  id: 'listSignInWays',
  method: 'GET',
  path: '/api/sign-in',
  access: 'open',
  summary: 'The ways to sign in, in the order in which the services are connected',
  reply: Type.Object({
    ways: Type.Array(WireSignInWay),
    registration_open: Type.Boolean({
      description: 'Whether somebody who has no account yet gets one by signing in',
    }),
  }),
});

/** Long enough for every service; what is longer is no code of any. */
const Text = Type.Optional(Type.String({ maxLength: 8192 }));

const NextPath = Type.Optional(
  Type.String({
    maxLength: 8192,
    description: 'Path on this server to go to afterwards; anything else counts as `/`',
  }),
);

/** What services bring back to the redirect address `{server}/login`. */
export const SignInCallback = Type.Object({
  code: Text,
  state: Text,
  error: Text,
  oauth_token: Text,
  oauth_verifier: Text,
  next: NextPath,
});

export const showSignIn = defineRoute({
  id: 'showSignIn',
  method: 'GET',
  path: '/login',
  access: 'open',
  summary:
    'The page that signs in. With what a service brings back (`code`, `oauth_token`, `error`) it ends the sign-in and redirects: to the next page, or to `/login/error?code=<error code>`',
  query: SignInCallback,
  produces: ['text/html'],
  isAudited: true,
});

export const beginSignIn = defineRoute({
  id: 'beginSignIn',
  method: 'GET',
  path: '/login/to/:name',
  access: 'open',
  summary: 'Sends the browser to a service; `link=true` adds the account there to the one that is signed in',
  params: Type.Object({ name: Type.String({ maxLength: 64 }) }),
  query: Type.Object({ next: NextPath, link: Type.Optional(Type.String({ maxLength: 8 })) }),
  isRedirect: true,
});

export const signIn = defineRoute({
  id: 'signIn',
  method: 'POST',
  path: '/login',
  access: 'open',
  summary:
    'Signs in with name and password, or with an access token, of a service that has no redirect. Takes JSON or a form; a form is answered with a redirect unless JSON is accepted',
  body: Type.Object({
    username: Type.Optional(Type.String({ maxLength: 254, description: 'Login or e-mail address' })),
    password: Type.Optional(Type.String({ maxLength: 1024 })),
    token: Type.Optional(
      Type.String({ maxLength: 1024, description: 'Access token, in place of name and password' }),
    ),
    service: Type.Optional(
      Type.String({ maxLength: 64, description: 'Name of the way in; the first form unless given' }),
    ),
    next: NextPath,
    link: Type.Optional(
      Type.Union([Type.Boolean(), Type.String({ maxLength: 8 })], {
        description: 'Adds the account to the one that is signed in',
      }),
    ),
  }),
  reply: Type.Object(
    {
      user: WireUser,
      next: Type.String({ description: 'Path on this server, with the path of the server' }),
      is_new: Type.Boolean({ description: 'The account has just been made' }),
    },
    { title: 'SignedIn' },
  ),
  errors: [
    'sign-in-refused',
    'sign-in-membership',
    'registration-closed',
    'account-too-new',
    'machine-sign-in',
    'account-inactive',
    'identity-taken',
    'cross-site-request',
    'rate-limited',
    'unauthorized',
    'not-found',
    'service-unavailable',
    'service-answer',
    'service-rate-limited',
    'service-refused',
    'service-setup',
  ],
  isAudited: true,
});
