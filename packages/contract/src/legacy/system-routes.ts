import { Type } from 'typebox';
import { defineLegacyRoute } from './route.ts';

const PPROF = '/api/debug/pprof';
const Debug = Type.Object({
  debug: Type.Optional(Type.String({ description: '0 = protobuf, 1 and 2 = text' })),
});

/** What all profiling routes share. */
const PROFILE = {
  mounts: 'both',
  method: 'GET',
  access: 'admin',
  scope: 'server:admin',
  produces: ['application/octet-stream', 'text/plain'],
  isAudited: true,
} as const;

export const legacyGetAgents = defineLegacyRoute({
  row: 33,
  mounts: 'both',
  id: 'legacyGetAgents',
  method: 'GET',
  path: '/api/agents',
  access: 'admin',
  scope: 'server:admin',
  summary: 'The runners that have asked for work, by address',
});

export const pprofIndex = defineLegacyRoute({
  ...PROFILE,
  row: 36,
  id: 'legacyPprofIndex',
  path: PPROF,
  summary: 'The profiles that there are',
  produces: ['text/html'],
});

export const pprofBlock = defineLegacyRoute({
  ...PROFILE,
  row: 37,
  id: 'legacyPprofBlock',
  path: `${PPROF}/block`,
  summary: 'How long the event loop was held up',
  query: Debug,
});

export const pprofCmdline = defineLegacyRoute({
  ...PROFILE,
  row: 38,
  id: 'legacyPprofCmdline',
  path: `${PPROF}/cmdline`,
  summary: 'The command line of the server',
  produces: ['text/plain'],
});

export const pprofGoroutine = defineLegacyRoute({
  ...PROFILE,
  row: 39,
  id: 'legacyPprofGoroutine',
  path: `${PPROF}/goroutine`,
  summary: 'What the server waits for',
  query: Debug,
});

export const pprofHeap = defineLegacyRoute({
  ...PROFILE,
  row: 40,
  id: 'legacyPprofHeap',
  path: `${PPROF}/heap`,
  summary: 'Memory by the place that took it; `snapshot=1` is a whole snapshot of V8',
  query: Type.Object({
    ...Debug.properties,
    gc: Type.Optional(Type.String()),
    snapshot: Type.Optional(Type.String()),
  }),
});

export const pprofProfile = defineLegacyRoute({
  ...PROFILE,
  row: 41,
  id: 'legacyPprofProfile',
  path: `${PPROF}/profile`,
  summary: 'Processor time by place, over `seconds`',
  query: Type.Object({ seconds: Type.Optional(Type.String()) }),
});

export const pprofSymbol = defineLegacyRoute({
  ...PROFILE,
  row: 42,
  id: 'legacyPprofSymbol',
  path: `${PPROF}/symbol`,
  summary: 'Names of addresses: profiles carry theirs, so there are no others',
  produces: ['text/plain'],
});

export const pprofPostSymbol = defineLegacyRoute({
  ...PROFILE,
  row: 43,
  id: 'legacyPprofPostSymbol',
  method: 'POST',
  path: `${PPROF}/symbol`,
  summary: 'The same with the addresses in the body',
  produces: ['text/plain'],
});

export const pprofThreads = defineLegacyRoute({
  ...PROFILE,
  row: 44,
  id: 'legacyPprofThreads',
  path: `${PPROF}/threadcreate`,
  summary: 'The threads of the server by kind',
  query: Debug,
});

export const pprofTrace = defineLegacyRoute({
  ...PROFILE,
  row: 45,
  id: 'legacyPprofTrace',
  path: `${PPROF}/trace`,
  summary: 'A trace of the server over `seconds`, as Chrome reads it',
  query: Type.Object({ seconds: Type.Optional(Type.String()) }),
});
