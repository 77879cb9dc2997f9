import { join } from 'node:path';
import { type ServerProcess, startServerProcess } from '@sortie/testing/server-process';

/** The bundle that `npm start` runs; `npm run bench` builds it first when it is stale. */
export const BUNDLE = join(import.meta.dirname, '../../dist/sortie.mjs');

/** Image of all benchmark containers: whatever small one the machine has. */
export const IMAGE = process.env.SORTIE_BENCH_IMAGE ?? 'sortie-busybox:1';

/** The bundled server with the Docker engine alone, on a fresh data folder unless one is given. */
export function startBundledServer(
  env: Readonly<Record<string, string>> = {},
  data?: string,
): Promise<ServerProcess> {
  const settings = { SORTIE_RUNNER_ENGINES: 'docker', ...env };
  return startServerProcess({ entry: BUNDLE, env: settings, ...(data === undefined ? {} : { data }) });
}

/** Milliseconds with fractions, for differences only. */
export function nowMs(): number {
  return performance.now();
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
