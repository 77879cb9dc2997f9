import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { REPO_ROOT } from './server-process.ts';

const FILE = join(REPO_ROOT, '..', 'shared', 'spec', 'drone-openapi.yml');

/** Whether Drone's own OpenAPI document lies beside this checkout. */
export const hasDroneOpenApi = existsSync(FILE);

/** That document, as plain values. */
export function readDroneOpenApi(): unknown {
  return parse(readFileSync(FILE, 'utf8'));
}
