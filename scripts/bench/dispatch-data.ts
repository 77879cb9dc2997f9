import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DatabaseConfig } from '@sortie/server/config-database';
import { inTransaction, openDatabase } from '@sortie/server/store/db';
import { claimStage } from '@sortie/server/store/leases';
import { aRunner, aStageDraft } from '@sortie/testing/domain-builders';
import { createQueueWorld } from '@sortie/testing/queue-world';
import { type PrivateCluster, startCluster } from '../test/postgres.ts';
import { findProgram } from '../test/programs.ts';
import { nowMs } from './scenario.ts';

/** Something that gives fresh, empty databases. */
export interface DatabaseMaker {
  readonly name: string;
  /** The settings of a server on a new database in `folder`. */
  make(
    folder: string,
  ): Promise<{ readonly env: Readonly<Record<string, string>>; readonly config: DatabaseConfig }>;
  close(): Promise<void>;
}

const REPOS = 20;
const ORGANISATIONS = 4;
const STAGES_PER_BUILD = 4;
const POSTGRES_FOLDERS = ['/usr/lib/postgresql/*/bin', '/usr/local/pgsql/bin'];

/** SQLite, and PostgreSQL where its programs are there. */
export function databaseMakers(): readonly DatabaseMaker[] {
  const program = findProgram(['postgres'], process.env.PATH ?? '', POSTGRES_FOLDERS);
  return program === undefined ? [sqlite()] : [sqlite(), postgres(dirname(program))];
}

function sqlite(): DatabaseMaker {
  return {
    name: 'SQLite',
    make: async (folder) => ({
      env: {},
      config: { driver: 'sqlite', path: join(folder, 'database.sqlite') },
    }),
    close: async () => undefined,
  };
}

/** A cluster of its own for each database. */
function postgres(bin: string): DatabaseMaker {
  const clusters: PrivateCluster[] = [];
  return {
    name: 'PostgreSQL',
    async make() {
      const cluster = await startCluster(bin);
      clusters.push(cluster);
      const { url } = cluster;
      return {
        env: { DRONE_DATABASE_DRIVER: 'postgres', DRONE_DATABASE_DATASOURCE: url },
        config: { driver: 'postgres', url, maxConnections: 10 },
      };
    },
    async close() {
      for (const cluster of clusters.splice(0)) await cluster.stop();
    },
  };
}

/** Fills an empty database with so many pending stages, spread over repositories and organisations. */
export async function fillQueue(config: DatabaseConfig, count: number): Promise<void> {
  const world = await createQueueWorld(await openDatabase(config));
  try {
    const repos = [];
    for (let at = 0; at < REPOS; at += 1) {
      const namespace = `organisation-${at % ORGANISATIONS}`;
      // As the Git host names them: the server would otherwise try to take them up while it is measured.
      const uid = (at + 1).toString(16).padStart(8, '0');
      repos.push((await world.start([], { repo: { namespace, uid } })).repo);
    }
    const stages = Array.from({ length: STAGES_PER_BUILD }, (_, at) => aStageDraft({ number: at + 1 }));
    for (let at = 0; at < count / STAGES_PER_BUILD; at += 1) {
      const repo = repos[at % REPOS];
      if (repo !== undefined) await world.start(stages, { in: repo });
    }
  } finally {
    await world.close();
  }
}

/** Stages per second that claims alone take from the queue, one after the other, without a server around them. */
export async function claimsPerSecond(maker: DatabaseMaker, count: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-bench-'));
  try {
    const { config } = await maker.make(folder);
    await fillQueue(config, count);
    const { db, close } = await openDatabase(config);
    try {
      const begun = nowMs();
      const lease = { nowMs: Date.now(), expiresMs: Date.now() + 600_000, kind: 'rpc-offer' } as const;
      for (let at = 0; at < count; at += 1) {
        const stage = await inTransaction(db, (tx) => claimStage(tx, aRunner(), lease));
        if (stage === undefined) throw new Error(`only ${at} stages could be claimed`);
      }
      return count / ((nowMs() - begun) / 1000);
    } finally {
      await close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
