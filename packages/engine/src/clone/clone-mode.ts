import { AppError } from '@sortie/core/errors';
import type { PlanClone } from '@sortie/core/plan';

/** What is to be checked out, decided by the ref as in pipeline.md 7.4. Refs are full and checked. */
export type CloneMode =
  /** One branch, at a commit or, when that is empty, at its tip. */
  | { readonly kind: 'branch'; readonly branch: string; readonly commit: string }
  /** A tag, at the commit that it had; empty means whatever it points to. */
  | { readonly kind: 'tag'; readonly ref: string; readonly commit: string }
  /** The target branch with the pull request merged into it. */
  | { readonly kind: 'pull-request'; readonly branch: string; readonly ref: string; readonly commit: string }
  /** A commit without a branch: all branches are fetched. */
  | { readonly kind: 'everything'; readonly commit: string };

const PULL_REQUEST = /^refs\/(pull|pull-request|pull-requests|merge-requests)\//;
const COMMIT = /^[0-9a-f]{40}$/;

/** What git refuses in the name of a ref (git-check-ref-format), and a leading dash, which is an option. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be found
const BAD_REF = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|^[-./]|[./]$|^@?$/;

/** Throws `clone-failed` for a ref, branch or commit that git must not see. */
export function parseCloneMode(clone: PlanClone): CloneMode {
  const { ref, branch } = clone;
  const commit = clone.commit === '' ? '' : checkCommit(clone.commit);
  if (ref !== '') checkRef(ref);
  if (branch !== '') checkRef(branch);
  if (clone.from !== undefined) checkRef(clone.from.ref);
  if (ref.startsWith('refs/tags/')) return { kind: 'tag', ref, commit };
  if (PULL_REQUEST.test(ref) && branch !== '') return { kind: 'pull-request', branch, ref, commit };
  if (branch !== '') return { kind: 'branch', branch, commit };
  if (commit !== '') return { kind: 'everything', commit };
  throw refused('There is neither a branch nor a commit to clone.');
}

function checkRef(ref: string): void {
  if (BAD_REF.test(ref)) throw refused(`${JSON.stringify(ref)} is not the name of a branch or ref.`);
}

function checkCommit(commit: string): string {
  if (!COMMIT.test(commit)) throw refused(`${JSON.stringify(commit)} is not a commit id of 40 hex digits.`);
  return commit;
}

function refused(message: string): AppError {
  return new AppError('clone-failed', message, { hint: 'Check what the Git service sent for this build.' });
}
