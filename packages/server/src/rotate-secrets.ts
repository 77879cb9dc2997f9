import { AppError } from '@sortie/core/errors';
import type { Config } from './config-build.ts';
import { lockDataFolder, prepareDataFolder } from './data-folder.ts';
import { openSealer } from './seal/open-sealer.ts';
import { type Rotation, rotateSeal } from './services/rotate-seal.ts';
import { openDatabase } from './store/db.ts';
import { createSealKeyNotes } from './store/seal-keys.ts';

export interface RotatedSecrets extends Rotation {
  /** Names the key that everything is sealed with now. */
  readonly keyId: string;
}

/**
 * Seals everything that the database keeps encrypted with the present key, beside a server that may be running. After
 * it, unless something was unreadable, older keys are not needed any more. Throws `database-key` when a server runs
 * that was started without the present key: it could not read what is written here.
 */
export async function rotateSecrets(
  config: Pick<Config, 'dataFolder' | 'database' | 'seal'>,
): Promise<RotatedSecrets> {
  await prepareDataFolder(config.dataFolder);
  const { db, close } = await openDatabase(config.database);
  try {
    const notes = createSealKeyNotes(db);
    const noted = await notes.list();
    const isRunning = isServerRunning(config.dataFolder);
    const add: typeof notes.add = async (keyId, known) => {
      if (isRunning && !noted.includes(keyId)) throw unknownToServer();
      return notes.add(keyId, known);
    };
    const sealer = await openSealer({
      ...config.seal,
      dataFolder: config.dataFolder,
      notes: { ...notes, add },
    });
    const rotation = await rotateSeal({ db, sealer });
    if (rotation.unreadable.length === 0) await notes.keepOnly(sealer.keyId);
    return { ...rotation, keyId: sealer.keyId };
  } finally {
    await close();
  }
}

function isServerRunning(dataFolder: string): boolean {
  try {
    lockDataFolder(dataFolder)();
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === 'data-folder') return true;
    throw error;
  }
}

function unknownToServer(): AppError {
  return new AppError(
    'database-key',
    'The server that runs on this data folder does not know the new key yet.',
    {
      hint: 'Restart it with the settings of this command, then run the command again.',
    },
  );
}
