import { toWireRepo } from '@sortie/contract/repos';
import type { BuildChanged } from '@sortie/core/event';
import type { Repo } from '@sortie/core/repo';
import { findBuildById } from '../store/builds.ts';
import type { Db } from '../store/db.ts';
import { findRepoById } from '../store/repos.ts';
import { viewBuild } from './build-view.ts';

/** What the build streams say about an event: the repository with the build, whole. */
export interface Snapshot {
  readonly repo: Repo;
  readonly json: string;
}

export interface Snapshots {
  /** `undefined` when the build has been removed since. */
  find(event: BuildChanged): Promise<Snapshot | undefined>;
}

/** Readers are mostly at the same place; a slow one costs a few statements of its own. */
const KEPT = 32;

/** Prepares each event once for all readers. */
export function createSnapshots(db: Db): Snapshots {
  const kept = new Map<number, Promise<Snapshot | undefined>>();
  return {
    find(event) {
      const known = kept.get(event.seq);
      if (known !== undefined) return known;
      const loading = loadSnapshot(db, event);
      kept.set(event.seq, loading);
      loading.catch(() => kept.delete(event.seq));
      for (const seq of kept.keys()) {
        if (kept.size <= KEPT) break;
        kept.delete(seq);
      }
      return loading;
    },
  };
}

async function loadSnapshot(db: Db, event: BuildChanged): Promise<Snapshot | undefined> {
  const repo = await findRepoById(db, event.repoId);
  const build = await findBuildById(db, event.buildId);
  if (repo === undefined || build === undefined) return undefined;
  return { repo, json: JSON.stringify(toWireRepo(repo, { build: await viewBuild(db, build) })) };
}
