import { lineAt, type Objection } from './source-file.ts';

const BANNED_NAMES = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'manager', 'misc']);

/**
 * What no file of the repository may contain, because it is true on one machine only. Written with character
 * classes so that this file does not find itself.
 */
const MACHINE_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/\/wor[k]\/(main|shared|\.library)\b/g, 'a path of one machine'],
  [/\/tm[p]\/n26\b/g, 'a path of one machine'],
  [/\/(home|User[s])\/[a-z][a-z0-9_-]*\/[a-z]/g, 'a home directory'],
  [
    /https?:\/\/[^\s"'/]*\b(registr[y]\.npmjs|registr[y]\.yarnpkg|npm\.pkg|artifactor[y]|nexu[s])\b/g,
    'a package registry',
  ],
];

const BINARY = /\.(png|jpe?g|gif|ico|woff2?|gz|zip|tar|pack|idx|bin)$/;

/** Names that say nothing about what a file holds: `utils`, `helpers`, `common`, `manager`, alone or as a part. */
export function checkFileNames(paths: readonly string[]): Objection[] {
  return paths
    .filter((path) => /^(packages|scripts|e2e|examples)\//.test(path))
    .flatMap((path) => {
      const parts = path.split('/').flatMap((name) => name.replace(/\..*$/, '').split('-'));
      const banned = parts.find((part) => BANNED_NAMES.has(part));
      return banned === undefined
        ? []
        : [{ path, line: 0, message: `"${banned}" says nothing; name what it holds` }];
    });
}

/** Paths and hosts of one machine, and addresses in the lock file that another registry would not have. */
export function checkMachineTexts(path: string, text: string): Objection[] {
  if (BINARY.test(path)) return [];
  const found = MACHINE_TEXTS.flatMap(([pattern, what]) =>
    [...text.matchAll(pattern)].map((match) => ({
      path,
      line: lineAt(text, match.index),
      message: `holds ${what}: ${match[0]}`,
    })),
  );
  return path.endsWith('package-lock.json') ? [...found, ...resolvedAddresses(path, text)] : found;
}

function resolvedAddresses(path: string, text: string): Objection[] {
  return [...text.matchAll(/"resolved": "https?:[^"]*"/g)].map((match) => ({
    path,
    line: lineAt(text, match.index),
    message: `names a registry (${match[0]}); write the lock file with omit-lockfile-registry-resolved=true`,
  }));
}
