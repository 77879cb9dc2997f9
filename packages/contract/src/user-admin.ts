import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';
import { WireUser } from './users.ts';

/** Path parameters of everything below one account. */
export const UserParams = Type.Object({ user: Type.String({ description: 'Login, in any case' }) });

/** `true` and `false` as words, for bodies that are forms. */
const Flag = Type.Union([Type.Boolean(), Type.Enum(['true', 'false'])]);

const Line = Type.String({ maxLength: 500, pattern: '^[^\\u0000-\\u001f\\u007f]*$' });

export const listUsers = defineRoute({
  id: 'listUsers',
  allowsQueryToken: true,
  method: 'GET',
  path: '/api/users',
  access: 'admin',
  scope: 'users:admin',
  summary: 'All accounts, by login',
  query: Type.Object({
    page: Type.Optional(Type.String({ description: 'From 1; without it and `per_page` all at once' })),
    per_page: Type.Optional(Type.String({ description: '25 unless given, at most 10000' })),
  }),
  reply: Type.Array(WireUser),
});

/** `token` appears only for machine accounts. */
export const WireNewUser = Type.Object(
  { ...WireUser.properties, token: Type.Optional(Type.String()) },
  { title: 'NewUser' },
);
export type WireNewUser = Static<typeof WireNewUser>;

export const createUser = defineRoute({
  id: 'createUser',
  allowsQueryToken: true,
  method: 'POST',
  path: '/api/users',
  access: 'admin',
  scope: 'users:admin',
  summary: 'Makes an account; for a machine the answer is the only one that shows its token',
  body: Type.Object({
    login: Type.String({ minLength: 1, description: '1 to 50 letters, digits, ".", "_" and "-"' }),
    admin: Type.Optional(Flag),
    machine: Type.Optional(Flag),
    token: Type.Optional(
      Type.String({
        maxLength: 500,
        pattern: '^[\\u0021-\\u007e]*$',
        description: 'The old user token, without spaces; a random one unless given',
      }),
    ),
    email: Type.Optional(Line),
    avatar_url: Type.Optional(Line),
  }),
  reply: WireNewUser,
  errors: ['name-invalid', 'already-exists', 'token-scope', 'token-weaker'],
  isAudited: true,
});

export const getUser = defineRoute({
  id: 'getUser',
  allowsQueryToken: true,
  method: 'GET',
  path: '/api/users/:user',
  access: 'admin',
  scope: 'users:admin',
  summary: 'One account, by login or else by id',
  params: UserParams,
  reply: WireUser,
});

export const updateUser = defineRoute({
  id: 'updateUser',
  allowsQueryToken: true,
  method: 'PATCH',
  path: '/api/users/:user',
  access: 'admin',
  scope: 'users:admin',
  summary:
    'Changes rights; a deactivated account is no administrator and loses its repositories to another collaborator',
  params: UserParams,
  body: Type.Object({ admin: Type.Optional(Flag), active: Type.Optional(Flag) }),
  reply: WireUser,
  errors: ['last-admin', 'token-scope', 'token-weaker'],
  isAudited: true,
});

export const deleteUser = defineRoute({
  id: 'deleteUser',
  allowsQueryToken: true,
  method: 'DELETE',
  path: '/api/users/:user',
  access: 'admin',
  scope: 'users:admin',
  summary:
    'Removes an account with its tokens, sessions and permissions; other collaborators take its repositories',
  params: UserParams,
  errors: ['last-admin'],
  isAudited: true,
});

export const rotateTokenOfUser = defineRoute({
  id: 'rotateTokenOfUser',
  method: 'POST',
  path: '/api/users/:user/token/rotate',
  access: 'admin',
  scope: 'users:admin',
  summary: 'Ends the old user token of an account; its owner reads the new one',
  params: UserParams,
  reply: Type.Object({ ...WireUser.properties, message: Type.String() }, { title: 'UserWithMessage' }),
  errors: ['conflict'],
  isAudited: true,
});
