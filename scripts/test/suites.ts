import { globSync } from 'node:fs';

/** A kind of test that needs something outside Node.js; its files end in `.<kind>.test.ts`. */
export const SERVICES = ['docker', 'postgres', 'chromium', 'oracle', 'clients', 'e2e'] as const;
export type Service = (typeof SERVICES)[number];

export interface Suites {
  /** Need no services. */
  readonly unit: readonly string[];
  /** `*.slow.test.ts`: need no services either, but together more time than anybody waits for between two edits. */
  readonly slow: readonly string[];
  readonly services: Readonly<Record<Service, readonly string[]>>;
}

const FILES = [
  'packages/*/src/**/*.test.ts',
  'scripts/**/*.test.ts',
  'e2e/**/*.test.ts',
  'examples/**/*.test.ts',
];

/** Finds all test files below `root` (paths relative to it, sorted) and sorts them by what they need. */
export function findSuites(root: string): Suites {
  const files = globSync([...FILES], { cwd: root, exclude: ['**/node_modules/**'] }).sort();
  return {
    unit: files.filter((file) => serviceOf(file) === undefined && !isSlow(file)),
    slow: files.filter(isSlow),
    services: {
      docker: files.filter((file) => serviceOf(file) === 'docker'),
      postgres: files.filter((file) => serviceOf(file) === 'postgres'),
      chromium: files.filter((file) => serviceOf(file) === 'chromium'),
      oracle: files.filter((file) => serviceOf(file) === 'oracle'),
      clients: files.filter((file) => serviceOf(file) === 'clients'),
      e2e: files.filter((file) => serviceOf(file) === 'e2e'),
    },
  };
}

function isSlow(file: string): boolean {
  return file.endsWith('.slow.test.ts');
}

/** What a test file needs, by its name; `undefined` for nothing. */
export function serviceOf(file: string): Service | undefined {
  return SERVICES.find((service) => file.endsWith(`.${service}.test.ts`));
}
