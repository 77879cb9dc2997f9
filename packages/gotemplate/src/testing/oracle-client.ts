import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GoFloat, GoRecord, GoStringMap, type GoValue } from '../data.ts';
import { type Answer, CASE_NAME } from './suite.ts';

/** Builds the Go program beside this file once and asks it about all cases at once. Throws without Go. */
export function askOracle(sources: readonly string[], data: GoValue): Answer[] {
  const folder = mkdtempSync(join(tmpdir(), 'gotemplate-oracle-'));
  try {
    const program = join(folder, 'oracle');
    const source = fileURLToPath(new URL('./oracle', import.meta.url));
    execFileSync('go', ['build', '-o', program, '.'], {
      cwd: source,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const tagged = toTagged(data);
    const input = sources
      .map((text) => JSON.stringify({ name: CASE_NAME, source: text, data: tagged }))
      .join('\n');
    const { stdout, status } = spawnSync(program, { input, maxBuffer: 1 << 30, encoding: 'utf8' });
    if (status !== 0) throw new Error(`The oracle ended with status ${status}.`);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The data as the Go program reads it; functions go by the key under which they stand. */
function toTagged(data: GoValue, key = ''): unknown {
  if (data === undefined || data === null) return null;
  if (typeof data === 'bigint') return { $int: String(data) };
  if (typeof data === 'number')
    return Number.isInteger(data) && Math.abs(data) < 2 ** 63
      ? { $int: String(data) }
      : { $float: String(data) };
  if (typeof data === 'function') return { $function: key };
  if (typeof data !== 'object') return data;
  if (data instanceof GoFloat) return { $float: Object.is(data.value, -0) ? '-0' : String(data.value) };
  if (data instanceof GoStringMap) return { $strings: Object.fromEntries(data.entries) };
  if (data instanceof GoRecord)
    return { $record: [...data.fields].map(([name, value]) => [name, toTagged(value, name)]) };
  if (Array.isArray(data)) return data.map((item) => toTagged(item));
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, toTagged(value, name)]));
}
