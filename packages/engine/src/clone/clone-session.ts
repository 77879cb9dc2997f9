import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlanClone } from '@sortie/core/plan';
import type { CloneMode } from './clone-mode.ts';
import type { GitTool } from './git-tool.ts';

type PullRequest = Extract<CloneMode, { kind: 'pull-request' }>;

/** Where everything comes from that the repository itself holds. */
const ORIGIN = 'origin';
const ALL_BRANCHES = '+refs/heads/*:refs/remotes/origin/*';

/**
 * Brings the commit of a build into the work tree. Services differ in what they hand out: some give a commit by its id,
 * Gogs only what a ref points to now (scm.md 2.12). So refs are fetched, and more of their history when they have
 * moved on. Every call resolves with the exit code of git.
 */
export class CloneSession {
  readonly #clone: PlanClone;
  readonly #git: GitTool;

  constructor(clone: PlanClone, git: GitTool) {
    this.#clone = clone;
    this.#git = git;
  }

  async run(mode: CloneMode): Promise<number> {
    switch (mode.kind) {
      case 'branch':
        return await this.#branch(mode.branch, mode.commit);
      case 'tag':
        return await this.#tag(mode.ref, mode.commit);
      case 'pull-request':
        return await this.#pullRequest(mode);
      case 'everything':
        return await this.#everything(mode.commit);
    }
  }

  async #branch(branch: string, commit: string): Promise<number> {
    const fetched = await this.#fetch(this.#depth, branchSpec(branch));
    if (fetched !== 0 && !(await this.#isLeftBehind(commit))) return fetched;
    const spec = fetched === 0 ? branchSpec(branch) : ALL_BRANCHES;
    const found = commit === '' ? 0 : await this.#ensureCommit(commit, spec);
    if (found !== 0) return found;
    // HEAD names the branch already, so this creates it.
    return await this.#git.traced(['reset', '--hard', commit === '' ? remoteBranch(branch) : commit, '--']);
  }

  async #tag(ref: string, commit: string): Promise<number> {
    const fetched = await this.#fetch(this.#depth, `+${ref}:${ref}`);
    if (fetched !== 0 && !(await this.#isLeftBehind(commit))) return fetched;
    const spec = fetched === 0 ? `+${ref}:${ref}` : ALL_BRANCHES;
    const found = commit === '' ? 0 : await this.#ensureCommit(commit, spec);
    if (found !== 0) return found;
    return await this.#git.traced(['checkout', '--force', '--detach', commit === '' ? ref : commit, '--']);
  }

  async #everything(commit: string): Promise<number> {
    const fetched = await this.#fetch([], ALL_BRANCHES);
    if (fetched !== 0) return fetched;
    const found = await this.#ensureCommit(commit, undefined);
    if (found !== 0) return found;
    return await this.#git.traced(['checkout', '--force', '--detach', commit, '--']);
  }

  async #pullRequest(mode: PullRequest): Promise<number> {
    const target = branchSpec(mode.branch);
    const head = `+${mode.ref}:${pullPlace(mode)}`;
    // With the whole history one connection is enough; a depth is meant for the target only.
    const isAtOnce = this.#depth.length === 0 && this.#clone.from === undefined;
    const fetched = await this.#fetch(this.#depth, ...(isAtOnce ? [target, head] : [target]));
    if (fetched !== 0) return fetched;
    const reset = await this.#git.traced(['reset', '--hard', remoteBranch(mode.branch), '--']);
    if (reset !== 0) return reset;
    const fetchedHead = isAtOnce ? 0 : await this.#head(mode, head);
    if (fetchedHead !== 0) return fetchedHead;
    const commit = mode.commit === '' ? pullPlace(mode) : mode.commit;
    const found = mode.commit === '' ? 0 : await this.#ensureCommit(mode.commit, head);
    if (found !== 0) return found;
    const merged = await this.#git.traced(['merge', '--no-edit', commit]);
    // 1 is a conflict; other failures come from history that the depth has cut off.
    if (merged <= 1 || this.#depth.length === 0) return merged;
    const deepened = await this.#fetch(['--unshallow'], target);
    return deepened === 0 ? await this.#git.traced(['merge', '--no-edit', commit]) : deepened;
  }

  /** The head branch when it alone is known to hold the commit; the ref of the pull request outlives it. */
  async #head(mode: PullRequest, spec: string): Promise<number> {
    const { from } = this.#clone;
    if (from !== undefined) {
      const fetched = await this.#fetchFrom(from.url, [], `+${from.ref}:${pullPlace(mode)}`);
      if (fetched === 0 && (mode.commit === '' || (await this.#has(mode.commit)))) return 0;
      await this.#git.say('The head branch does not have the commit; the pull request is asked instead.\n');
    }
    return await this.#fetch([], spec);
  }

  /**
   * Makes sure that the commit is there although its branch has moved on since: asks for it by id, then for the
   * whole history. Resolves with 0 when it is.
   */
  async #ensureCommit(commit: string, spec: string | undefined): Promise<number> {
    if ((await this.#isTip(commit)) || (await this.#has(commit))) return 0;
    const byId = await this.#fetch(this.#depth, commit);
    if (byId === 0 && (await this.#has(commit))) return 0;
    const isWhole = this.#depth.length === 0 && spec !== ALL_BRANCHES;
    if (!isWhole && spec !== undefined) {
      const isShallow = await this.#isShallow();
      await this.#fetch(isShallow ? ['--unshallow'] : [], spec);
      if (await this.#has(commit)) return 0;
    }
    const what = this.#clone.ref === '' ? 'any branch' : this.#clone.ref;
    await this.#git.say(
      `The commit ${commit} is no longer on the server: it is not in ${what}, and a forced push has probably dropped it.\n`,
    );
    return 128;
  }

  /** The ref has been deleted since, but the commit may still be had from elsewhere. */
  async #isLeftBehind(commit: string): Promise<boolean> {
    if (commit === '' || !/couldn't find remote ref/.test(this.#git.lastOutput)) return false;
    await this.#git.say('The ref has been deleted; its commit is looked for elsewhere.\n');
    return true;
  }

  /** The usual case, seen without a process. */
  async #isTip(commit: string): Promise<boolean> {
    const fetched = await this.#readOwn('FETCH_HEAD');
    return fetched.split('\n').some((line) => line.startsWith(commit));
  }

  async #isShallow(): Promise<boolean> {
    return (await this.#readOwn('shallow')) !== '';
  }

  /** A file of `.git`; empty when there is none. */
  async #readOwn(name: string): Promise<string> {
    try {
      return await readFile(join(this.#git.directory, '.git', name), 'latin1');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
      throw error;
    }
  }

  async #has(commit: string): Promise<boolean> {
    return (await this.#git.silent(['cat-file', '-e', `${commit}^{commit}`])) === 0;
  }

  get #depth(): readonly string[] {
    return this.#clone.depth > 0 ? [`--depth=${this.#clone.depth}`] : [];
  }

  #fetch(options: readonly string[], ...specs: readonly string[]): Promise<number> {
    return this.#fetchFrom(ORIGIN, options, ...specs);
  }

  #fetchFrom(remote: string, options: readonly string[], ...specs: readonly string[]): Promise<number> {
    return this.#git.traced(['fetch', '--no-tags', ...options, '--end-of-options', remote, ...specs]);
  }
}

function branchSpec(branch: string): string {
  return `+refs/heads/${branch}:${remoteBranch(branch)}`;
}

function remoteBranch(branch: string): string {
  return `refs/remotes/origin/${branch}`;
}

/** Where the head of a pull request is kept. */
function pullPlace({ ref }: PullRequest): string {
  return `refs/remotes/origin/${ref.slice('refs/'.length)}`;
}
