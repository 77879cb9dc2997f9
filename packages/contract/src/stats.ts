import type { Platform } from '@sortie/core/plan';
import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';

/** Open stages of one platform; `subscribers` is always 0, as in Drone. */
const WirePlatform = Type.Object(
  {
    subscribers: Type.Integer(),
    os: Type.String(),
    arch: Type.String(),
    variant: Type.String(),
    kernel: Type.String(),
    pending: Type.Integer(),
    running: Type.Integer(),
  },
  { title: 'PlatformStats' },
);

/** api-v1.md 2.14. Streams are those of the process that answers. */
export const WireStats = Type.Object(
  {
    users: Type.Object({ total: Type.Integer() }),
    repos: Type.Object({ active: Type.Integer() }),
    builds: Type.Object({ pending: Type.Integer(), running: Type.Integer(), total: Type.Integer() }),
    pipelines: Type.Array(WirePlatform),
    events: Type.Object({ subscribers: Type.Integer({ description: 'Open streams of builds' }) }),
    streams: Type.Record(Type.String(), Type.Integer(), {
      description: 'Open streams of logs, by the id of the step',
    }),
    watchers: Type.Null(),
  },
  { title: 'Stats' },
);
export type WireStats = Static<typeof WireStats>;

export interface StatsInput {
  readonly users: number;
  readonly activeRepos: number;
  readonly builds: number;
  readonly pendingBuilds: number;
  readonly runningBuilds: number;
  /** Open stages by platform and status. */
  readonly platforms: readonly (Platform & {
    readonly status: 'pending' | 'running';
    readonly stages: number;
  })[];
}

/** The platforms that Drone lists, in its order; its Windows rows carry this architecture. */
const PLATFORMS = [
  { os: 'linux', arch: 'arm', variant: 'v6', kernel: '' },
  { os: 'linux', arch: 'arm', variant: 'v7', kernel: '' },
  { os: 'linux', arch: 'arm64', variant: 'v8', kernel: '' },
  { os: 'linux', arch: 'arm', variant: 'v9', kernel: '' },
  { os: 'linux', arch: 'amd64', variant: '', kernel: '' },
  { os: 'windows', arch: 'arm64', variant: '', kernel: '1709' },
  { os: 'windows', arch: 'arm64', variant: '', kernel: '1803' },
  { os: 'windows', arch: 'arm64', variant: '', kernel: '1809' },
] as const;

/** Variants and kernels of stages that name none. */
const USUAL_VARIANT: Readonly<Record<string, string>> = { arm: 'v7', arm64: 'v8' };
const USUAL_KERNEL = '1809';

/** `streams` are the open ones of this process; the keys of `logs` are ids of steps. */
export function toWireStats(
  stats: StatsInput,
  streams: { readonly builds: number; readonly logs: ReadonlyMap<number, number> },
): WireStats {
  return {
    users: { total: stats.users },
    repos: { active: stats.activeRepos },
    builds: { pending: stats.pendingBuilds, running: stats.runningBuilds, total: stats.builds },
    pipelines: PLATFORMS.map((platform) => {
      const here = stats.platforms.filter((entry) => rowOf(entry) === platform);
      const count = (status: 'pending' | 'running') =>
        here.reduce((sum, entry) => sum + (entry.status === status ? entry.stages : 0), 0);
      return { subscribers: 0, ...platform, pending: count('pending'), running: count('running') };
    }),
    events: { subscribers: streams.builds },
    streams: Object.fromEntries([...streams.logs].map(([stepId, readers]) => [String(stepId), readers])),
    watchers: null,
  };
}

/** The row that counts stages of a platform; other platforms are in none. */
function rowOf({ os, arch, variant, version }: Platform): (typeof PLATFORMS)[number] | undefined {
  if (os === 'windows') {
    const kernel = version || USUAL_KERNEL;
    return PLATFORMS.find((row) => row.os === 'windows' && row.kernel === kernel);
  }
  const wanted = arch === 'amd64' ? '' : variant || (USUAL_VARIANT[arch] ?? '');
  return PLATFORMS.find((row) => row.os === os && row.arch === arch && row.variant === wanted);
}

export const getSystemStats = defineRoute({
  id: 'getSystemStats',
  method: 'GET',
  path: '/api/system/stats',
  access: 'admin',
  scope: 'server:admin',
  summary: 'How many accounts, repositories, builds, open stages and open streams there are',
  reply: WireStats,
});

export const WireVarz = Type.Object(
  {
    scm: Type.Object({
      url: Type.String(),
      rate: Type.Object({ limit: Type.Integer(), remaining: Type.Integer(), reset: Type.Integer() }),
    }),
    license: Type.Object({
      kind: Type.String(),
      seats: Type.Integer(),
      repos: Type.Integer(),
      expire_at: Type.String({ description: 'The year 1: it never ends' }),
    }),
  },
  { title: 'Varz' },
);
export type WireVarz = Static<typeof WireVarz>;

export const getVarz = defineRoute({
  id: 'getVarz',
  method: 'GET',
  path: '/varz',
  access: 'open',
  summary:
    'Address of the Git service and the licence, as Drone shows them; for administrators only with `SORTIE_PUBLIC_VARZ=false`',
  reply: WireVarz,
});
