import { type Static, Type } from 'typebox';
import { WireMissedRef, WireRepoHealth } from './repo-health.ts';
import { RepoParams, SERVICE_ERRORS } from './repos.ts';
import { defineRoute } from './route.ts';

export const getRepoHealth = defineRoute({
  id: 'getRepoHealth',
  method: 'GET',
  path: '/api/repos/:owner/:name/health',
  access: 'repo:write',
  onlyLooks: true,
  scope: 'builds:read',
  summary: 'Whether webhooks arrive and the Git service can be asked, with the remedy for what is wrong',
  params: RepoParams,
  query: Type.Object({
    check: Type.Optional(
      Type.String({ description: '`true` asks the Git service now; else it is asked every few minutes' }),
    ),
  }),
  reply: WireRepoHealth,
});

export const WireReconciliation = Type.Object(
  {
    dry_run: Type.Boolean(),
    first_look: Type.Boolean({ description: 'There was nothing to compare with yet' }),
    missed: Type.Array(
      Type.Object({
        ...WireMissedRef.properties,
        build: Type.Optional(Type.Integer({ description: 'Number of the build that was made' })),
        reason: Type.Optional(Type.String({ description: 'Why there is none' })),
      }),
    ),
  },
  { title: 'Reconciliation' },
);
export type WireReconciliation = Static<typeof WireReconciliation>;

export const reconcileRepo = defineRoute({
  id: 'reconcileRepo',
  method: 'POST',
  path: '/api/repos/:owner/:name/reconcile',
  access: 'repo:write',
  scope: 'builds:write',
  summary: 'Compares branches and tags with the Git service and builds what no webhook has told of',
  params: RepoParams,
  body: Type.Object({
    dry_run: Type.Optional(Type.Boolean({ description: 'Only says what was missed' })),
  }),
  reply: WireReconciliation,
  errors: ['repo-inactive', ...SERVICE_ERRORS],
});
