import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { getCACertificates } from 'node:tls';
import { readServiceCa } from './connections/open-services.ts';

/**
 * Writes a PEM file with the certificates of `SORTIE_SERVICE_CA` and the usual ones into the folder: git takes one file
 * in the place of its own. Resolves with its absolute path, or with `undefined` for an empty `caPath`. Throws `config-value`.
 */
export async function writeAuthorities(folder: string, caPath: string): Promise<string | undefined> {
  if (caPath === '') return undefined;
  const own = await readServiceCa(caPath);
  const path = resolve(folder, 'authorities.pem');
  // Git would trust those of the machine too, which this program need not.
  const usual = new Set([...getCACertificates('default'), ...getCACertificates('system')]);
  await writeFile(path, [...usual, ...own, ''].join('\n'), { mode: 0o600 });
  return path;
}
