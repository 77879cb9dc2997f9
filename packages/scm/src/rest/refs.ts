import { ScmError } from '../errors.ts';
import { isRefName, isSha } from '../git-names.ts';
import type { ScmRef } from '../objects.ts';

/** The commit id that a commit id or a full ref stands for. */
export async function commitIdOf(ref: string, resolve: (ref: string) => Promise<ScmRef>): Promise<string> {
  if (isSha(ref)) return ref;
  const found = await resolve(checkFullRef(ref));
  return found.peeled ?? found.sha;
}

/** Returns a full ref that Git would accept; throws `validation` for anything else. */
export function checkFullRef(ref: string): string {
  if (ref.startsWith('refs/') && isRefName(ref)) return ref;
  throw new ScmError('validation', 'The revision is neither a full ref nor a commit id.');
}

export type KnownRef =
  | { readonly kind: 'branch' | 'tag' | 'other'; readonly name: string }
  | { readonly kind: 'pull'; readonly number: number };

const PULL = /^refs\/(?:pull|pulls|merge-requests|pull-requests)\/(\d{1,10})\/(?:head|from|merge)$/;

/** Sorts a full ref. What is none counts as `other`. */
export function sortRef(ref: string): KnownRef {
  const pull = PULL.exec(ref)?.[1];
  if (pull !== undefined) return { kind: 'pull', number: Number(pull) };
  if (ref.startsWith('refs/heads/')) return { kind: 'branch', name: ref.slice('refs/heads/'.length) };
  if (ref.startsWith('refs/tags/')) return { kind: 'tag', name: ref.slice('refs/tags/'.length) };
  return { kind: 'other', name: ref };
}
