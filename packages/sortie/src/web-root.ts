import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The folder with the built web interface. The bundle lies in `dist/`, the sources in `packages/sortie/src/`, so
 * the root of the checkout is one or three folders up.
 */
export function webRoot(): string {
  const candidates = ['..', '../../..'].map((up) => join(import.meta.dirname, up, 'packages/web/dist'));
  return candidates.find((folder) => existsSync(join(folder, '..', 'package.json'))) ?? candidates[0] ?? '';
}
