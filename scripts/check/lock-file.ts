import type { Manifest } from './repository.ts';
import type { Objection } from './source-file.ts';

interface LockFile {
  readonly packages: Readonly<Record<string, Manifest>>;
}

const SECTIONS = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

/**
 * Compares the `package.json` files (by their folder, `''` for the root) with what the lock file recorded of them.
 * `npm ci` refuses a lock file that is out of step, on somebody else's machine.
 */
export function checkLockFile(lock: LockFile, manifests: ReadonlyMap<string, Manifest>): Objection[] {
  const path = 'package-lock.json';
  return [...manifests].flatMap(([folder, manifest]) => {
    const recorded = lock.packages[folder];
    if (recorded === undefined)
      return [{ path, line: 0, message: `does not know ${folder}; run npm install` }];
    return SECTIONS.filter((section) => !isEqual(manifest[section], recorded[section])).map((section) => ({
      path,
      line: 0,
      message: `${section} of ${folder || 'the root'} differ from its package.json; run npm install`,
    }));
  });
}

function isEqual(
  left: Readonly<Record<string, string>> = {},
  right: Readonly<Record<string, string>> = {},
): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name] === right[name]);
}
