import {
  getHealth,
  getOpenApi,
  getPipelineSchema,
  getReadiness,
  getVersion,
  type WireVersion,
} from '@sortie/contract/system';
import { pipelineSchema } from '@sortie/pipeline/language/json-schema';
import { renderOpenApi } from '../openapi.ts';
import type { Db } from '../store/db.ts';
import { readMeta } from '../store/meta.ts';
import type { Mount } from './mount.ts';

export interface SystemDeps {
  readonly db: Db;
  readonly version: WireVersion;
  readonly publicUrl: string;
}

export function mountSystemRoutes(mount: Mount, deps: SystemDeps): void {
  mount(getVersion, () => ({ ...deps.version, url: deps.publicUrl }));

  mount(getHealth, ({ reply }) => reply.type('text/plain').send('OK'), {
    alsoMethods: ['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  });

  mount(getReadiness, async ({ reply }) => {
    await readMeta(deps.db, 'readiness');
    return reply.type('text/plain').send('OK');
  });

  mount(getOpenApi, () => renderOpenApi({ version: deps.version.version, publicUrl: deps.publicUrl }));
  mount({ ...getOpenApi, path: '/openapi.json' }, () =>
    renderOpenApi({ version: deps.version.version, publicUrl: deps.publicUrl }),
  );

  const schema = JSON.stringify(pipelineSchema());
  // Editors fetch it from pages of other origins, and it is the same for everybody.
  mount(getPipelineSchema, ({ reply }) =>
    reply
      .type('application/schema+json')
      .header('access-control-allow-origin', '*')
      .header('cache-control', 'public, max-age=3600')
      .send(schema),
  );
}
