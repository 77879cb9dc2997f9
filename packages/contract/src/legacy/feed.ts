import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import { toLegacyBuild } from './builds.ts';

/** An item of feed and queue (api-legacy.md 2.8): three names, then every other member unless it is empty. */
export type LegacyFeedItem = {
  readonly owner: string;
  readonly name: string;
  readonly full_name: string;
} & Readonly<Record<string, string | number>>;

const MEMBERS = [
  'number',
  'event',
  'status',
  'created_at',
  'started_at',
  'finished_at',
  'commit',
  'branch',
  'ref',
  'refspec',
  'remote',
  'title',
  'message',
  'author',
  'author_avatar',
  'author_email',
] as const;

/** Without a build only the names of the repository. */
export function toLegacyFeedItem(repo: Repo, build?: Build): LegacyFeedItem {
  const names = { owner: repo.namespace, name: repo.name, full_name: repo.slug };
  if (build === undefined) return names;
  const legacy = toLegacyBuild(build, repo);
  const members = MEMBERS.map((name) => [name, legacy[name]] as const);
  return { ...names, ...Object.fromEntries(members.filter(([, value]) => value !== '' && value !== 0)) };
}
