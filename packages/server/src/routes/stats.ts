import { getSystemStats, getVarz, toWireStats } from '@sortie/contract/stats';
import { listConnections } from '../store/connections.ts';
import type { Db } from '../store/db.ts';
import { readStoreCounts } from '../store/stats.ts';
import type { Mount } from './mount.ts';
import type { OpenStreams } from './open-streams.ts';

export interface StatsRouteDeps {
  readonly db: Db;
  readonly openStreams: OpenStreams;
  readonly publicUrl: string;
  /** `SORTIE_PUBLIC_VARZ`. */
  readonly isVarzPublic: boolean;
}

/** Sortie is free, needs no licence and limits nothing; Go's zero time stands for "never". */
const LICENSE = { kind: 'foss', seats: 0, repos: 0, expire_at: '0001-01-01T00:00:00Z' };
/** No Git service has told a limit. */
const NO_RATE = { limit: 0, remaining: 0, reset: 0 };

export function mountStatsRoutes(mount: Mount, deps: StatsRouteDeps): void {
  mount(getSystemStats, async () => toWireStats(await readStoreCounts(deps.db), deps.openStreams.counts()));

  const route = deps.isVarzPublic
    ? getVarz
    : { ...getVarz, access: 'admin' as const, scope: 'server:admin' as const };
  mount(route, async () => {
    const services = await listConnections(deps.db);
    const url = services.find(({ kind }) => kind !== 'builtin')?.url ?? deps.publicUrl;
    return { scm: { url, rate: NO_RATE }, license: LICENSE };
  });
}
