import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlanClone } from '@sortie/core/plan';
import { CloneExtras } from './clone-extras.ts';
import { type CloneMode, parseCloneMode } from './clone-mode.ts';
import { CloneSession } from './clone-session.ts';
import { type CloneCredentials, DEFAULT_PROTOCOLS, gitEnvironment, parseRemote } from './git-environment.ts';
import { GitTool } from './git-tool.ts';

/** The git program of the machine. */
export interface GitProgram {
  /** Name or path, `git` by default. */
  readonly program?: string;
  /** The search path for it and its helpers. */
  readonly path: string;
  /** Protocols that may be cloned from; `http` and `https` by default. */
  readonly protocols?: readonly string[];
  /** PEM file with every authority that is trusted, in the place of those that git knows; absent = those. */
  readonly caPath?: string | undefined;
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
  const { clone, environment, directory, signal, output } = options;
  // The credentials are bound to the host of the repository: another one that the head lies on never sees them.
  const from = clone.from && { ...clone.from, url: parseRemote(clone.from.url, undefined, protocols).url };
  const place = { path: git.path, protocols, environment, caPath: git.caPath };
  const program = git.program ?? 'git';
  const known = gitEnvironment(remote, clone, place);
  const tool = new GitTool({ program, environment: known, directory, signal, output });
  const unknown = gitEnvironment({ ...remote, credentials: undefined }, clone, place);
  const session = new CloneSession({ ...clone, from }, tool);
  const extras = new CloneExtras(clone, tool, clone.isForeign === true ? tool.with(unknown) : tool);
  await writeRepository(directory, remote.url, mode);
  for (let triesLeft = clone.retries; ; triesLeft -= 1) {
    const exitCode = (await session.run(mode)) || (await extras.run());
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
