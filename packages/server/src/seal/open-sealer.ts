import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@sortie/core/errors';
import { createSealer, keyIdOf, type Sealer } from './sealer.ts';

export interface SealerOptions {
  readonly dataFolder: string;
  /** `DRONE_DATABASE_SECRET`: 32 characters, used as bytes; empty means the key file of the data folder. */
  readonly secret: string;
  /** Keys that were used before and still open values. */
  readonly previous: readonly string[];
  /** Which keys the database is sealed with. */
  readonly notes: {
    list(): Promise<readonly string[]>;
    /** Adds a key, unless one is noted that is not among `known`. Returns what is noted then. */
    add(keyId: string, known: ReadonlySet<string>): Promise<readonly string[]>;
  };
}

/** Those of a setting are given as characters of one byte each. */
const KEY_BYTES = 32;
/** In the data folder: 64 hexadecimal digits, readable by the account of the server alone. */
export const KEY_FILE = 'secret.key';

/**
 * The keys of a server. Without a setting a key file is made at the first start. Throws `config-value` for a key of
 * another length, and `database-key` when something in the database may be sealed with a key that is not given.
 */
export async function openSealer(options: SealerOptions): Promise<Sealer> {
  const { secret, previous, dataFolder, notes } = options;
  const given = secret === '' ? [] : [parseKey('DRONE_DATABASE_SECRET', secret)];
  const older = previous.map((text) => parseKey('SORTIE_DATABASE_SECRET_PREVIOUS', text));
  // A server that had its key file before it got a setting still reads what it wrote with it.
  const file = await readKeyFileIfThere(dataFolder);
  // Before a key file is made: a new one would look like the lost one.
  requireKnown(await notes.list(), [...given, ...older, ...file]);
  const current = given[0] ?? file[0] ?? (await makeKeyFile(dataFolder));
  const keys = [current, ...older, ...file] as const;
  // Another server may have been faster, with a key of its own.
  requireKnown(await notes.add(keyIdOf(current), new Set(keys.map(keyIdOf))), keys);
  return createSealer(keys);
}

function requireKnown(noted: readonly string[], keys: readonly Buffer[]): void {
  const known = new Set(keys.map(keyIdOf));
  const lost = noted.find((id) => !known.has(id));
  if (lost === undefined) return;
  throw new AppError('database-key', `The database is encrypted with the key ${lost}, which is not given.`, {
    hint: `Restore ${KEY_FILE} in the data folder, or give the key in DRONE_DATABASE_SECRET or SORTIE_DATABASE_SECRET_PREVIOUS.`,
  });
}

function parseKey(setting: string, text: string): Buffer {
  const key = Buffer.from(text, 'utf8');
  if (key.length === KEY_BYTES) return key;
  throw new AppError(
    'config-value',
    `${setting} needs a key of ${KEY_BYTES} characters, not ${key.length}.`,
    {
      hint: 'Make one with "openssl rand -hex 16".',
    },
  );
}

async function readKeyFileIfThere(dataFolder: string): Promise<readonly Buffer[]> {
  try {
    return [parseKeyFile(dataFolder, await readFile(join(dataFolder, KEY_FILE), 'utf8'))];
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Two servers that start together on a new folder agree: the file is put there whole, and the first one wins. */
async function makeKeyFile(dataFolder: string): Promise<Buffer> {
  const path = join(dataFolder, KEY_FILE);
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const text = `${randomBytes(KEY_BYTES).toString('hex')}\n`;
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    await placeOnce(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  await flushFolder(dataFolder);
  return parseKeyFile(dataFolder, await readFile(path, 'utf8'));
}

async function placeOnce(draft: string, path: string): Promise<void> {
  for (const place of [link, copyOnce]) {
    try {
      return await place(draft, path);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return;
      // Some network and memory-card file systems know no links.
      if (place === copyOnce) throw error;
    }
  }
}

function copyOnce(draft: string, path: string): Promise<void> {
  return copyFile(draft, path, constants.COPYFILE_EXCL);
}

/** What the database holds must not outlive the name of the file with its key. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function parseKeyFile(dataFolder: string, text: string): Buffer {
  const isWhole = /^[0-9a-f]{64}\s*$/i.test(text);
  if (isWhole) return Buffer.from(text.trim(), 'hex');
  throw new AppError('database-key', `The key file ${join(dataFolder, KEY_FILE)} is damaged.`, {
    hint: 'Restore it from a backup; without it what the database keeps encrypted cannot be read.',
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
