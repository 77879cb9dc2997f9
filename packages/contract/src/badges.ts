import { Type } from 'typebox';
import { RepoParams } from './repos.ts';
import { defineRoute } from './route.ts';

export const getBadge = defineRoute({
  id: 'getBadge',
  method: 'GET',
  path: '/api/badges/:owner/:name/status.svg',
  access: 'open',
  summary:
    'A picture of the newest build of a ref; unknown repositories show "none". `SORTIE_PUBLIC_BADGES=false` hides repositories from those who may not read them',
  params: RepoParams,
  query: Type.Object({
    ref: Type.Optional(Type.String({ description: 'A full ref; the default branch unless given' })),
    branch: Type.Optional(Type.String({ description: 'A branch; goes before `ref`' })),
  }),
  produces: ['image/svg+xml'],
});

export const getCcStatus = defineRoute({
  id: 'getCcStatus',
  allowsQueryToken: true,
  method: 'GET',
  path: '/api/badges/:owner/:name/cc.xml',
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'The newest build as CCTray and CCMenu read it; 404 without a body while there is none',
  params: RepoParams,
  query: Type.Object({
    ref: Type.Optional(Type.String({ description: 'Only builds of this full ref' })),
    branch: Type.Optional(Type.String({ description: 'Only builds of this branch; goes before `ref`' })),
    stage: Type.Optional(
      Type.String({ description: 'Status of the stage with this name instead of that of the whole build' }),
    ),
  }),
  produces: ['application/xml'],
});
