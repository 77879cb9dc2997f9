import { toWireBuild } from '@sortie/contract/builds';
import {
  listIncompleteBuilds as listIncompleteBuildsRoute,
  listIncompleteBuildsV2,
  toWireOpenStage,
} from '@sortie/contract/incomplete';
import { toWireRepo } from '@sortie/contract/repos';
import { listIncompleteBuilds, listIncompleteStages } from '../store/build-feeds.ts';
import type { Db } from '../store/db.ts';
import type { Mount } from './mount.ts';

const MAX_BUILDS = 50;

export function mountIncompleteRoutes(mount: Mount, { db }: { readonly db: Db }): void {
  mount(listIncompleteBuildsRoute, async () => {
    const found = await listIncompleteBuilds(db, MAX_BUILDS);
    return found.map(({ repo, build }) => toWireRepo(repo, { build: toWireBuild(build) }));
  });

  mount(listIncompleteBuildsV2, async () => (await listIncompleteStages(db)).map(toWireOpenStage));
}
