import { AppError } from '@sortie/core/errors';
import { rotateSecrets } from '@sortie/server/rotate-secrets';
import { readSettings } from './settings.ts';

/** `sortie rotate-secrets`: afterwards the keys that were used before can be taken out of the settings. */
export async function printRotation(): Promise<void> {
  const { resealed, unreadable, keyId } = await rotateSecrets(readSettings(process.env));
  const values = resealed === 1 ? '1 value' : `${resealed} values`;
  process.stdout.write(`Encrypted ${values} anew; everything that can be read has the key ${keyId} now.\n`);
  if (unreadable.length === 0) {
    process.stdout.write('No other key is needed any more: remove SORTIE_DATABASE_SECRET_PREVIOUS.\n');
    return;
  }
  const places = unreadable.map((place) => `\n  ${place}`).join('');
  throw new AppError('database-key', `No given key opens what is stored at:${places}`, {
    hint: 'Run it again with the missing key in SORTIE_DATABASE_SECRET_PREVIOUS, or write these values anew.',
  });
}
