import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '@sortie/core/errors';

export interface GitBinary {
  /** Absolute path of the program. */
  readonly path: string;
  /** For example `2.39.5`. */
  readonly version: string;
}

export interface FindGitDeps {
  /** The folders to look in, as in the PATH variable. Relative folders are passed over. */
  readonly searchPath: string;
  /** Name of the program, or its absolute path. */
  readonly command?: string;
}

/** 2.31 is the first release with everything that the host asks of it. */
const OLDEST = { major: 2, minor: 31 };
const ANSWER_LIMIT_MS = 10_000;

/** Finds the git program and checks its version (scm.md 7.2). Throws `git-missing`. */
export async function findGit(deps: FindGitDeps): Promise<GitBinary> {
  const path = await locate(deps.searchPath, deps.command ?? 'git');
  if (path === undefined) {
    throw new AppError('git-missing', 'The git program was not found.', { hint: installHint() });
  }
  const version = await askVersion(path, deps.searchPath);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor);
  if (isOld) {
    throw new AppError('git-missing', `git ${version} at ${path} is too old.`, { hint: installHint() });
  }
  return { path, version };
}

function installHint(): string {
  return `Install git ${OLDEST.major}.${OLDEST.minor} or newer and start the server again; until then the built-in Git host is off.`;
}

async function locate(searchPath: string, command: string): Promise<string | undefined> {
  if (isAbsolute(command)) return (await isProgram(command)) ? command : undefined;
  const names = process.platform === 'win32' ? [`${command}.exe`] : [command];
  for (const folder of searchPath.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const name of names) {
      const path = join(folder, name);
      if (await isProgram(path)) return path;
    }
  }
  return undefined;
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function askVersion(path: string, searchPath: string): Promise<string> {
  const run = promisify(execFile);
  const options = { env: { PATH: searchPath, LC_ALL: 'C' }, timeout: ANSWER_LIMIT_MS };
  const { stdout } = await run(path, ['version'], options).catch((cause: unknown) => {
    throw new AppError('git-missing', `${path} cannot be run.`, { hint: installHint(), cause });
  });
  const version = /\d+(?:\.\d+)+/.exec(stdout)?.[0];
  if (version !== undefined) return version;
  throw new AppError('git-missing', `${path} does not say which version it is.`, { hint: installHint() });
}
