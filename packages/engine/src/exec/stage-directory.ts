import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { AppError } from '@sortie/core/errors';

const PREFIX = 'drone-';

/** What the directory of a stage is called in the environment of its processes; finds those that got away. */
export const STAGE_DIRECTORY_VARIABLE = 'SORTIE_STAGE_DIRECTORY';

/** The private directory of one stage (pipeline.md 7.13). */
export interface StageDirectory {
  readonly root: string;
  readonly home: string;
  readonly workspace: string;
  /** Scripts. */
  readonly opt: string;
  /** Pipes for the output, and a record of every process group. */
  readonly run: string;
}

/** A process group that was started for a stage. */
export interface GroupRecord {
  readonly pid: number;
  /** From `processIdentity`, of the group's leader. */
  readonly identity: string;
}

/** Names a directory that does not exist yet. Its owner can be told from the name, before anything is in it. */
export function newStageDirectory(base: string, owner: string): StageDirectory {
  return describe(join(base, `${prefixOf(owner)}${randomBytes(5).toString('hex')}`));
}

function prefixOf(owner: string): string {
  return `${PREFIX}${createHash('sha256').update(owner).digest('hex').slice(0, 6)}`;
}

function describe(root: string): StageDirectory {
  return {
    root,
    home: join(root, 'home', 'drone'),
    workspace: join(root, 'drone', 'src'),
    opt: join(root, 'opt'),
    run: join(root, 'run'),
  };
}

/** Makes the directory, readable by its owner only, with one pipe per number. */
export async function makeStageDirectory(
  directory: StageDirectory,
  options: { readonly owner: string; readonly path: string; readonly pipes: readonly number[] },
): Promise<void> {
  await mkdir(directory.root, { recursive: true, mode: 0o700 });
  // The base may have existed with a wider mask; the root itself is always private.
  await chmod(directory.root, 0o700);
  const mark = JSON.stringify({ 'io.drone': true, owner: options.owner });
  await Promise.all([
    writeFile(join(directory.root, 'owner.json'), mark),
    mkdir(directory.home, { recursive: true }),
    mkdir(directory.workspace, { recursive: true }),
    mkdir(directory.opt),
    mkdir(directory.run),
  ]);
  if (options.pipes.length === 0) return;
  const paths = options.pipes.map((number) => pipePath(directory, number));
  try {
    await promisify(execFile)('mkfifo', ['-m', '600', ...paths], { env: { PATH: options.path } });
  } catch (cause) {
    throw new AppError('engine-failed', 'The pipes for the output of the steps cannot be made.', {
      hint: `The program mkfifo must be on the path ${options.path}.`,
      cause,
    });
  }
}

/** A folder of the step's own for what is temporary; gone with the stage. */
export async function makeTemporary({ root }: StageDirectory, number: number): Promise<string> {
  const path = join(root, 'tmp', String(number));
  await mkdir(path, { recursive: true });
  return path;
}

/** Makes links below the root that lead to places of the machine. Throws `config-value` for one that would lie outside. */
export async function linkPlaces(
  { root }: StageDirectory,
  places: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [target, place] of Object.entries(places)) {
    const path = join(root, place);
    if (!path.startsWith(`${root}${sep}`)) {
      throw new AppError('config-value', `The link ${place} would lie outside of the stage's folder.`, {
        hint: 'Give places below the folder in DRONE_RUNNER_SYMLINKS, such as /opt/cache:/cache.',
      });
    }
    await mkdir(dirname(path), { recursive: true });
    await symlink(target, path);
  }
}

export function pipePath(directory: StageDirectory, number: number): string {
  return join(directory.run, `${number}.out`);
}

export async function recordGroup(
  directory: StageDirectory,
  number: number,
  record: GroupRecord,
): Promise<void> {
  await writeFile(join(directory.run, `${number}.json`), JSON.stringify(record));
}

/** The groups recorded in a directory; half-written records are left out. */
export async function listGroups(directory: StageDirectory): Promise<readonly GroupRecord[]> {
  const names = (await listIfThere(directory.run)).filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(names.map((name) => readFile(join(directory.run, name), 'utf8')));
  return texts.map(parseRecord).filter((record) => record !== undefined);
}

function parseRecord(text: string): GroupRecord | undefined {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('identity' in value))
    return undefined;
  const { pid, identity } = value;
  // A group number of 1 or less would address everything.
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 1) return undefined;
  return typeof identity === 'string' ? { pid, identity } : undefined;
}

/** The directories below `base` that belong to this owner. */
export async function listStageDirectories(base: string, owner: string): Promise<readonly StageDirectory[]> {
  const names = (await listIfThere(base)).filter((name) => name.startsWith(PREFIX));
  const owned = await Promise.all(
    names.map(async (name) => {
      const directory = describe(join(base, name));
      const marked = await readOwner(directory);
      // A process that died while it made the directory has left no mark.
      const isOwn = marked === undefined ? name.startsWith(prefixOf(owner)) : marked === owner;
      return isOwn ? directory : undefined;
    }),
  );
  return owned.filter((directory) => directory !== undefined);
}

async function readOwner({ root }: StageDirectory): Promise<unknown> {
  const [mark] = await Promise.allSettled([readFile(join(root, 'owner.json'), 'utf8')]);
  const value = mark.status === 'fulfilled' ? parseJson(mark.value) : undefined;
  return typeof value === 'object' && value !== null && 'owner' in value ? value.owner : undefined;
}

/** Removes everything, also what a build has made read-only, as the module cache of Go is. */
export async function removeStageDirectory(directory: StageDirectory): Promise<void> {
  const [removed] = await Promise.allSettled([rm(directory.root, { recursive: true, force: true })]);
  if (removed.status === 'fulfilled') return;
  await makeWritable(directory.root);
  await rm(directory.root, { recursive: true, force: true });
}

async function makeWritable(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(directory, entry.name));
  }
}

async function listIfThere(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** A process that died while it wrote leaves half of a file. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
