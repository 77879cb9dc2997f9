import { member, seconds, text } from '../fields.ts';
import type { HookEvent, HookMapping, WebhookRefusal } from '../hook-event.ts';
import {
  buildOf,
  earlierCommit,
  type HookBase,
  ignore,
  isRefusal,
  mapped,
  readCommitId,
  readRef,
} from '../hooks/mapping.ts';
import { refuse } from '../webhook-body.ts';
import { gravatarOf } from './webhook-repo.ts';

const TYPES: ReadonlySet<string> = new Set(['ADD', 'UPDATE', 'DELETE']);
/** More changes than this of one delivery are reported and not built. */
const MAX_CHANGES = 20;

/** Branches and tags that moved; the payload has no commits (scm.md 3.5, 4.3). */
export function mapRefs(base: HookBase, body: Readonly<Record<string, unknown>>): HookMapping {
  const changes = member(body, 'changes');
  if (!Array.isArray(changes)) return refuse('the body does not belong to the event in the header');
  const outcomes: (HookEvent | WebhookRefusal)[] = changes
    .filter((change) => typeof change === 'object' && change !== null)
    .slice(0, MAX_CHANGES)
    .map((change) => mapChange(base, body, change));
  const left = changes.length - MAX_CHANGES;
  if (left > 0) outcomes.push(ignore(base, `${left} further changes of the same push are not built`));
  if (outcomes.length === 0) return mapped(ignore(base, 'the push changes nothing'));
  return mapped(...outcomes);
}

function mapChange(base: HookBase, body: unknown, change: unknown): HookEvent | WebhookRefusal {
  const type = text(change, 'type');
  if (!TYPES.has(type)) return ignore(base, 'the type of the change is not known');
  const ref = readRef(member(change, 'ref', 'id') ?? member(change, 'refId'));
  if (isRefusal(ref)) return ref;
  const after = readCommitId(member(change, 'toHash'));
  if (isRefusal(after)) return after;
  if (ref.kind === 'other') return ignore(base, 'the ref is no branch and no tag');
  const isTag = ref.kind === 'tag';
  if (type === 'DELETE' || after === undefined)
    return isTag ? ignore(base, 'the tag was deleted') : { kind: 'branchDeleted', branch: ref.name, ...base };
  const actor = member(body, 'actor');
  return buildOf(base, {
    event: isTag ? 'tag' : 'push',
    action: isTag ? 'create' : '',
    ref: ref.ref,
    before: earlierCommit(member(change, 'fromHash')),
    after,
    source: isTag ? '' : ref.name,
    target: ref.name,
    link: base.repo.link && `${base.repo.link}/commits/${after}`,
    timestamp: seconds(body, 'date') || seconds(offsetWithColon(text(body, 'date'))),
    author: base.sender,
    authorName: text(actor, 'displayName'),
    authorEmail: text(actor, 'emailAddress'),
    authorAvatar: gravatarOf(text(actor, 'emailAddress')),
    lookups: isTag ? ['peel', 'message'] : ['message'],
  });
}

/** Java writes `+0100`, which the standard does not know. */
function offsetWithColon(date: string): string {
  return date.replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
}
