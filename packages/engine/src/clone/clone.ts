import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlanClone } from '@sortie/core/plan';
import { type CloneMode, parseCloneMode } from './clone-mode.ts';
import { type CloneCredentials, DEFAULT_PROTOCOLS, gitEnvironment, parseRemote } from './git-environment.ts';
import { type GitOptions, runGit } from './git-process.ts';

/** The git program of the machine. */
export interface GitProgram {
  /** Name or path, `git` by default. */
  readonly program?: string;
  /** The search path for it and its helpers. */
  readonly path: string;
  /** Protocols that may be cloned from; `http` and `https` by default. */
  readonly protocols?: readonly string[];
}

export interface CloneOptions {
  readonly clone: PlanClone;
  readonly credentials?: CloneCredentials;
  /** An existing directory; it becomes the work tree. */
  readonly directory: string;
  /** Of the clone step: proxies and the identity for merge commits are taken from it. */
  readonly environment: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly output: (bytes: Uint8Array) => void | Promise<void>;
}

/**
 * Fetches a repository at one commit, as pipeline.md 7.4 says. Resolves with the exit code of git: 0, or that of
 * the command that failed, whose messages are in the output. Rejects with `clone-failed` for addresses and refs
 * that must not reach git, `git-missing`, or the reason of the signal.
 */
export async function cloneRepository(git: GitProgram, options: CloneOptions): Promise<number> {
  const mode = parseCloneMode(options.clone);
  const protocols = git.protocols ?? DEFAULT_PROTOCOLS;
  const remote = parseRemote(options.clone.url, options.credentials, protocols);
  const { environment, directory, signal, output } = options;
  const session = new CloneSession(options.clone, {
    program: git.program ?? 'git',
    environment: gitEnvironment(remote, options.clone, { path: git.path, protocols, environment }),
    directory,
    signal,
    output,
  });
  await writeRepository(directory, remote.url, mode);
  for (let triesLeft = options.clone.retries; ; triesLeft -= 1) {
    const exitCode = await session.run(mode);
    if (exitCode === 0 || triesLeft <= 0) return exitCode;
    await output(new TextEncoder().encode(`git failed with exit code ${exitCode}, trying again\n`));
  }
}

/** What `git init` would write, without a process and without the templates of the machine. */
async function writeRepository(directory: string, url: string, mode: CloneMode): Promise<void> {
  const git = join(directory, '.git');
  await mkdir(join(git, 'objects'), { recursive: true });
  await mkdir(join(git, 'refs'), { recursive: true });
  const branch = 'branch' in mode ? mode.branch : 'main';
  const quoted = url.replace(/["\\]/g, '\\$&');
  const config = [
    '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n',
    `[remote "origin"]\n\turl = "${quoted}"\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`,
  ];
  await writeFile(join(git, 'config'), config.join(''));
  await writeFile(join(git, 'HEAD'), `ref: refs/heads/${branch}\n`);
}

class CloneSession {
  readonly #clone: PlanClone;
  readonly #git: GitOptions;

  constructor(clone: PlanClone, git: GitOptions) {
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
    if (fetched !== 0) return fetched;
    const found = commit === '' ? 0 : await this.#ensureCommit(commit, branchSpec(branch));
    if (found !== 0) return found;
    // HEAD names the branch already, so this creates it.
    return await this.#traced(['reset', '--hard', commit === '' ? remoteBranch(branch) : commit, '--']);
  }

  async #tag(ref: string, commit: string): Promise<number> {
    const fetched = await this.#fetch(this.#depth, `+${ref}:${ref}`);
    if (fetched !== 0) return fetched;
    const found = commit === '' ? 0 : await this.#ensureCommit(commit, `+${ref}:${ref}`);
    if (found !== 0) return found;
    return await this.#traced(['checkout', '--force', '--detach', commit === '' ? ref : commit, '--']);
  }

  async #everything(commit: string): Promise<number> {
    const fetched = await this.#fetch([], '+refs/heads/*:refs/remotes/origin/*');
    if (fetched !== 0) return fetched;
    const found = await this.#ensureCommit(commit, undefined);
    if (found !== 0) return found;
    return await this.#traced(['checkout', '--force', '--detach', commit, '--']);
  }

  async #pullRequest(mode: Extract<CloneMode, { kind: 'pull-request' }>): Promise<number> {
    const target = branchSpec(mode.branch);
    const head = `+${mode.ref}:refs/remotes/origin/${mode.ref.slice('refs/'.length)}`;
    // With the whole history one connection is enough; a depth is meant for the target only.
    const isShallow = this.#depth.length > 0;
    const fetched = await this.#fetch(this.#depth, ...(isShallow ? [target] : [target, head]));
    if (fetched !== 0) return fetched;
    const reset = await this.#traced(['reset', '--hard', remoteBranch(mode.branch), '--']);
    if (reset !== 0) return reset;
    const fetchedHead = isShallow ? await this.#fetch([], head) : 0;
    if (fetchedHead !== 0) return fetchedHead;
    const commit = mode.commit === '' ? `refs/remotes/origin/${mode.ref.slice('refs/'.length)}` : mode.commit;
    const found = mode.commit === '' ? 0 : await this.#ensureCommit(mode.commit, head);
    if (found !== 0) return found;
    const merged = await this.#traced(['merge', '--no-edit', commit]);
    // 1 is a conflict; other failures come from history that the depth has cut off.
    if (merged <= 1 || !isShallow) return merged;
    const deepened = await this.#fetch(['--unshallow'], target);
    return deepened === 0 ? await this.#traced(['merge', '--no-edit', commit]) : deepened;
  }

  /**
   * Makes sure that the commit is there although its branch has moved on since: asks for it by id, then for the
   * whole history. Resolves with 0 when it is.
   */
  async #ensureCommit(commit: string, spec: string | undefined): Promise<number> {
    if ((await this.#isTip(commit)) || (await this.#has(commit))) return 0;
    const byId = await this.#fetch(this.#depth, commit);
    if (byId === 0 && (await this.#has(commit))) return 0;
    if (this.#depth.length > 0 && spec !== undefined) {
      await this.#fetch(['--unshallow'], spec);
      if (await this.#has(commit)) return 0;
    }
    const what = this.#clone.ref === '' ? 'the repository' : this.#clone.ref;
    await this.#say(
      `The commit ${commit} is not in ${what} any more; a forced push has probably dropped it.\n`,
    );
    return 128;
  }

  /** The usual case, seen without a process. */
  async #isTip(commit: string): Promise<boolean> {
    const fetched = await readFile(join(this.#git.directory, '.git', 'FETCH_HEAD'), 'latin1');
    return fetched.split('\n').some((line) => line.startsWith(commit));
  }

  async #has(commit: string): Promise<boolean> {
    const silent: GitOptions = { ...this.#git, output: () => undefined };
    return (await runGit(silent, ['cat-file', '-e', `${commit}^{commit}`])) === 0;
  }

  get #depth(): readonly string[] {
    return this.#clone.depth > 0 ? [`--depth=${this.#clone.depth}`] : [];
  }

  #fetch(options: readonly string[], ...specs: readonly string[]): Promise<number> {
    return this.#traced(['fetch', '--no-tags', ...options, '--end-of-options', 'origin', ...specs]);
  }

  async #traced(args: readonly string[]): Promise<number> {
    const shown = args.filter((arg) => arg !== '--end-of-options' && arg !== '--');
    await this.#say(`+ git ${shown.join(' ')}\n`);
    return await runGit(this.#git, args);
  }

  async #say(text: string): Promise<void> {
    await this.#git.output(new TextEncoder().encode(text));
  }
}

function branchSpec(branch: string): string {
  return `+refs/heads/${branch}:${remoteBranch(branch)}`;
}

function remoteBranch(branch: string): string {
  return `refs/remotes/origin/${branch}`;
}
