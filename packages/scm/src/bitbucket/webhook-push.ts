import { member, seconds, text } from '../fields.ts';
import type { HookEvent, HookMapping, WebhookRefusal } from '../hook-event.ts';
import {
  buildOf,
  earlierCommit,
  type HookBase,
  ignore,
  isRefusal,
  mapped,
  readBranch,
  readCommitId,
  ZERO_SHA,
} from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import { ownAddress } from '../own-address.ts';
import { refuse } from '../webhook-body.ts';
import { PICTURE_HOSTS, splitAuthor } from './webhook-repo.ts';

/** More changes than this of one delivery are reported and not built. */
const MAX_CHANGES = 20;

/** A push, which may tell of several branches and tags (scm.md 3.4, 4.3). */
export function mapPush(server: URL, base: HookBase, body: Readonly<Record<string, unknown>>): HookMapping {
  const changes = member(body, 'push', 'changes');
  if (!Array.isArray(changes)) return refuse('the body does not belong to the event in the header');
  const outcomes: (HookEvent | WebhookRefusal)[] = changes
    .filter((change) => hasSide(change, 'new') || hasSide(change, 'old'))
    .slice(0, MAX_CHANGES)
    .map((change) => mapChange(server, base, change));
  const left = changes.length - MAX_CHANGES;
  if (left > 0) outcomes.push(ignore(base, `${left} further changes of the same push are not built`));
  if (outcomes.length === 0) return mapped(ignore(base, 'the push changes nothing'));
  return mapped(...outcomes);
}

function hasSide(change: unknown, side: 'new' | 'old'): boolean {
  const found = member(change, side);
  return typeof found === 'object' && found !== null;
}

function mapChange(server: URL, base: HookBase, change: unknown): HookEvent | WebhookRefusal {
  if (!hasSide(change, 'new')) return mapRemoval(base, member(change, 'old'));
  const next = member(change, 'new');
  const kind = text(next, 'type');
  if (kind !== 'branch' && kind !== 'tag')
    return ignore(base, 'the change is neither of a branch nor of a tag');
  const name = readBranch(member(next, 'name'));
  if (isRefusal(name)) return name;
  const commit = member(next, 'target');
  const after = readCommitId(member(commit, 'hash'));
  if (isRefusal(after)) return after;
  if (after === undefined) return ignore(base, 'the ref was deleted');
  const isTag = kind === 'tag';
  const author = splitAuthor(text(commit, 'author', 'raw'));
  return buildOf(base, {
    event: isTag ? 'tag' : 'push',
    action: isTag ? 'create' : '',
    ref: `refs/${isTag ? 'tags' : 'heads'}/${name}`,
    before: earlierCommit(member(change, 'old', 'target', 'hash')) || ZERO_SHA,
    after,
    source: isTag ? '' : name,
    target: isTag ? '' : name,
    link: ownAddress(text(commit, 'links', 'html', 'href'), [server.origin]),
    message: text(commit, 'message'),
    timestamp: seconds(commit, 'date'),
    author: text(commit, 'author', 'user', 'nickname'),
    authorName: author.name,
    authorEmail: author.email,
    authorAvatar: pictureAddress(
      server,
      PICTURE_HOSTS,
      text(commit, 'author', 'user', 'links', 'avatar', 'href'),
    ),
    lookups: text(commit, 'message') === '' ? ['message'] : [],
  });
}

function mapRemoval(base: HookBase, previous: unknown): HookEvent | WebhookRefusal {
  if (text(previous, 'type') !== 'branch') return ignore(base, 'only deleted branches matter');
  const branch = readBranch(member(previous, 'name'));
  if (isRefusal(branch)) return branch;
  return { kind: 'branchDeleted', branch, ...base };
}
