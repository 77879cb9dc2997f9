import { getHealth, getOpenApi, getReadiness, getVersion, type WireVersion } from '@sortie/contract/system';
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
  mount(getVersion, () => deps.version);

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
}
