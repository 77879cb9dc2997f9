import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@sortie/core/errors';
import { createSealer, keyIdOf, type Sealer } from './sealer.ts';

export interface SealerOptions {
  readonly dataFolder: string;
  /** `DRONE_DATABASE_SECRET`: 32 characters, used as bytes; empty means the key file of the data folder. */
  readonly secret: string;
  /** Keys that were used before and still open values. */
  readonly previous: readonly string[];
  /** The key that this database is sealed with: reads what is noted, or notes the given id and returns it. */
  readonly rememberKeyId: (keyId: string) => Promise<string>;
}

const KEY_CHARACTERS = 32;
/** In the data folder: 64 hexadecimal digits, readable by the account of the server alone. */
export const KEY_FILE = 'secret.key';

/**
 * The keys of a server. Without a setting a key file is made at the first start. Throws `config-value` for a key of
 * another length, and `database-key` when the database was sealed with a key that is not among those given.
 */
export async function openSealer(options: SealerOptions): Promise<Sealer> {
  const { secret, previous, dataFolder, rememberKeyId } = options;
  const older = previous.map((text) => parseKey('SORTIE_DATABASE_SECRET_PREVIOUS', text));
  const current = secret === '' ? await readKeyFile(dataFolder) : parseKey('DRONE_DATABASE_SECRET', secret);
  // A server that had its key file before it got a setting still reads what it wrote with it.
  const file = secret === '' ? [] : await readKeyFileIfThere(dataFolder);
  const keys = [current, ...older, ...file] as const;
  const used = await rememberKeyId(keyIdOf(current));
  if (keys.some((key) => keyIdOf(key) === used)) return createSealer([current, ...older, ...file]);
  throw new AppError('database-key', `The database is encrypted with the key ${used}, which is not given.`, {
    hint: `Restore ${KEY_FILE} in the data folder, or give the key in DRONE_DATABASE_SECRET or SORTIE_DATABASE_SECRET_PREVIOUS.`,
  });
}

function parseKey(setting: string, text: string): Buffer {
  const key = Buffer.from(text, 'utf8');
  if (key.length === KEY_CHARACTERS) return key;
  throw new AppError(
    'config-value',
    `${setting} needs a key of ${KEY_CHARACTERS} characters, not ${key.length}.`,
    {
      hint: 'Make one with "openssl rand -hex 16".',
    },
  );
}

async function readKeyFileIfThere(dataFolder: string): Promise<readonly Buffer[]> {
  try {
    return [parseKeyFile(dataFolder, await readFile(join(dataFolder, KEY_FILE), 'utf8'))];
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Two servers that start together on a new folder agree: the file is made by a link, which the first one wins. */
async function readKeyFile(dataFolder: string): Promise<Buffer> {
  const path = join(dataFolder, KEY_FILE);
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const [found] = await readKeyFileIfThere(dataFolder);
  if (found !== undefined) return found;
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${randomBytes(KEY_CHARACTERS).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return parseKeyFile(dataFolder, await readFile(path, 'utf8'));
}

function parseKeyFile(dataFolder: string, text: string): Buffer {
  const key = Buffer.from(text.trim(), 'hex');
  if (key.length === KEY_CHARACTERS) return key;
  throw new AppError('database-key', `The key file ${join(dataFolder, KEY_FILE)} is damaged.`, {
    hint: 'Restore it from a backup; without it what the database keeps encrypted cannot be read.',
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
