import { readFileSync } from 'node:fs';

/** The files of `cases/`, one program a line; a line that begins with "=" is a program as JSON text. */
export const CASE_FILES = ['language', 'more-language', 'library', 'numbers', 'yaml'] as const;

export function readCaseFile(name: string): string[] {
  const text = readFileSync(caseUrl(`${name}.txt`), 'utf8');
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => (line.startsWith('=') ? String(JSON.parse(line.slice(1))) : line));
}

export function caseUrl(file: string): URL {
  return new URL(`./cases/${file}`, import.meta.url);
}
