import { Type } from 'typebox';
import { defineLegacyRoute } from './route.ts';

/** The ways in of 0.5 that are not below `/api` (api-legacy.md 3.10). */
const OPEN = { row: 0, access: 'open' } as const;

export const legacyLogin = defineLegacyRoute({
  ...OPEN,
  mounts: 'v0',
  id: 'legacyLogin',
  method: 'GET',
  path: '/login',
  summary: 'Sends to the sign-in',
});

export const legacyLoginForm = defineLegacyRoute({
  ...OPEN,
  mounts: 'v0',
  id: 'legacyLoginForm',
  method: 'GET',
  path: '/login/form',
  summary: 'Sends to the sign-in page',
});

export const legacyAuthorize = defineLegacyRoute({
  ...OPEN,
  mounts: 'both',
  id: 'legacyAuthorize',
  method: 'GET',
  path: '/authorize',
  summary: 'Sends to the sign-in page',
});

export const legacyPostAuthorize = defineLegacyRoute({
  ...OPEN,
  mounts: 'both',
  id: 'legacyPostAuthorize',
  method: 'POST',
  path: '/authorize',
  summary: 'Sends to the sign-in page',
});

export const legacyAuthorizeToken = defineLegacyRoute({
  ...OPEN,
  mounts: 'both',
  id: 'legacyAuthorizeToken',
  method: 'POST',
  path: '/authorize/token',
  summary: 'Gives a session for a token of a Git service',
  body: Type.Object({
    access_token: Type.String({ minLength: 1 }),
    refresh_token: Type.Optional(Type.String()),
  }),
  errors: ['unauthorized'],
});

export const legacyLogout = defineLegacyRoute({
  ...OPEN,
  mounts: 'v0',
  id: 'legacyLogout',
  method: 'GET',
  path: '/logout',
  summary: 'Ends the session',
});

export const legacyHook = defineLegacyRoute({
  ...OPEN,
  mounts: 'v0',
  id: 'legacyHook',
  method: 'POST',
  path: '/hook',
  summary: 'Events of a Git service, identified by a hook token in the address',
  errors: ['forbidden', 'repo-inactive'],
});

export const legacyApiHook = defineLegacyRoute({
  ...OPEN,
  mounts: 'both',
  id: 'legacyApiHook',
  method: 'POST',
  path: '/api/hook',
  summary: 'Events of a Git service, identified by a hook token in the address',
  errors: ['forbidden', 'repo-inactive'],
});

export const legacyFeedSocket = defineLegacyRoute({
  row: 0,
  mounts: 'both',
  id: 'legacyFeedSocket',
  method: 'GET',
  path: '/ws/feed',
  access: 'open',
  scope: 'builds:read',
  summary: 'Begins and ends of builds and jobs, over WebSocket',
});

export const legacyLogSocket = defineLegacyRoute({
  row: 0,
  mounts: 'both',
  id: 'legacyLogSocket',
  method: 'GET',
  path: '/ws/logs/:owner/:name/:build/:number',
  access: 'repo:read',
  scope: 'logs:read',
  summary: 'The log of a running job, over WebSocket',
  params: Type.Object({
    owner: Type.String(),
    name: Type.String(),
    build: Type.Integer(),
    number: Type.Integer(),
  }),
});
