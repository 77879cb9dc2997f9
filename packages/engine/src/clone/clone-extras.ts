import { lstat, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { PlanClone } from '@sortie/core/plan';
import type { GitTool } from './git-tool.ts';

/** Submodules within submodules, and all of them together: a repository can be made to contain itself for ever. */
const MAX_SUBMODULE_LEVELS = 8;
const MAX_SUBMODULES = 200;

/** What a clone fetches besides the commit when the file asks for it: tags, submodules, files of Git LFS. */
export class CloneExtras {
  readonly #clone: PlanClone;
  readonly #git: GitTool;
  readonly #submoduleGit: GitTool;
  #submodules = 0;

  /** `submoduleGit` fetches what the code names itself. */
  constructor(clone: PlanClone, git: GitTool, submoduleGit: GitTool) {
    this.#clone = clone;
    this.#git = git;
    this.#submoduleGit = submoduleGit;
  }

  /** Resolves with 0, or with the exit code of the command that failed. */
  async run(): Promise<number> {
    const { depth, tags, lfs, submodules } = this.#clone;
    if (tags === true) {
      // Without a depth of its own a shallow repository would get the whole history of every tag.
      const options = depth > 0 ? [`--depth=${depth}`] : [];
      const spec = ['--end-of-options', 'origin', '+refs/tags/*:refs/tags/*'];
      const fetched = await this.#git.traced(['fetch', '--no-tags', ...options, ...spec]);
      if (fetched !== 0) return fetched;
    }
    if (lfs === true) {
      const pulled = await this.#pullLfs(this.#git);
      if (pulled !== 0) return pulled;
    }
    this.#submodules = 0;
    return submodules === true ? await this.#updateSubmodules(this.#git.directory, 1) : 0;
  }

  /** The filters go into the repository, so that later steps see unchanged files. */
  async #pullLfs(git: GitTool): Promise<number> {
    if ((await git.silent(['lfs', 'version'])) !== 0) {
      await git.say(
        'The file asks for Git LFS, but the program git-lfs is not on the machine of the runner. Install it there, or take "lfs" out of "clone".\n',
      );
      return 127;
    }
    const installed = await git.traced(['lfs', 'install', '--local', '--skip-repo']);
    return installed === 0 ? await git.traced(['lfs', 'pull', 'origin']) : installed;
  }

  async #updateSubmodules(directory: string, level: number): Promise<number> {
    const paths = await this.#submodulePaths(directory);
    if (paths.length === 0) return 0;
    this.#submodules += paths.length;
    if (level > MAX_SUBMODULE_LEVELS || this.#submodules > MAX_SUBMODULES) {
      await this.#git.say(
        `The submodules go deeper than ${MAX_SUBMODULE_LEVELS} levels or are more than ${MAX_SUBMODULES}; leave "submodules" out and fetch those that are needed in a step.\n`,
      );
      return 128;
    }
    const updated = await this.#submoduleGit
      .in(directory)
      .traced(['submodule', 'update', '--init', '--force']);
    if (updated !== 0) return updated;
    for (const path of paths) {
      const inner = await innerDirectory(directory, path);
      const failed = inner === undefined ? 0 : await this.#updateSubmodules(inner, level + 1);
      if (failed !== 0) return failed;
    }
    return 0;
  }

  async #submodulePaths(directory: string): Promise<readonly string[]> {
    const stats = await lstat(join(directory, '.gitmodules')).catch(() => undefined);
    // Git itself does not follow a link here.
    if (stats?.isFile() !== true) return [];
    const args = ['config', '-z', '--file', '.gitmodules', '--get-regexp', '^submodule\\..*\\.path$'];
    const text = (await this.#git.in(directory).read(args)) ?? '';
    return text.split('\0').flatMap((entry) => entry.split('\n').slice(1, 2));
  }
}

/** The checked-out submodule; `undefined` for one that git has left alone, or that a link leads out of. */
async function innerDirectory(directory: string, path: string): Promise<string | undefined> {
  const place = join(directory, path);
  const root = await realpath(directory);
  const real = await realpath(place).catch(() => undefined);
  if (real === undefined || !real.startsWith(`${root}${sep}`)) return undefined;
  const own = await lstat(join(place, '.git')).catch(() => undefined);
  return own?.isFile() === true ? place : undefined;
}
