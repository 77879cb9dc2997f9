import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * Knows whether what `scripts/build.ts` made is still what the sources say. A stamp is a hash over path, size and
 * modification time of every source file: a few hundred `stat` calls, about ten milliseconds.
 */

const WEB = ['packages/web', 'packages/sdk/src', 'packages/core/src', 'package-lock.json'];
/** Everything else may end up in the bundle of the server. */
const NOT_IN_SERVER = new Set(['web', 'testing']);
const BUILDERS = ['scripts/build.ts', 'scripts/build', 'package-lock.json'];

/** @param {string} root */
export function serverStamp(root) {
  const names = readdirSync(join(root, 'packages')).filter((name) => !NOT_IN_SERVER.has(name));
  const sources = names.sort().flatMap((name) => [`packages/${name}/src`, `packages/${name}/package.json`]);
  return stampOf(root, [...sources, ...BUILDERS]);
}

/** @param {string} root */
export function webStamp(root) {
  return stampOf(root, [...WEB, ...BUILDERS]);
}

/** @param {string} root */
export function isServerFresh(root) {
  return existsSync(serverEntry(root)) && readStamp(stampFile(root, 'server')) === serverStamp(root);
}

/** @param {string} root */
export function isWebFresh(root) {
  return (
    existsSync(join(webFolder(root), 'index.html')) && readStamp(stampFile(root, 'web')) === webStamp(root)
  );
}

/** @param {string} root */
export function serverEntry(root) {
  return join(root, 'dist', 'sortie.mjs');
}

/** @param {string} root */
export function webFolder(root) {
  return join(root, 'packages', 'web', 'dist');
}

/**
 * @param {string} root
 * @param {'server' | 'web'} part
 */
export function stampFile(root, part) {
  return join(root, '.sortie-cache', `${part}.stamp`);
}

/**
 * @param {string} root
 * @param {readonly string[]} places files and folders; those that do not exist count as empty
 */
function stampOf(root, places) {
  const hash = createHash('sha256');
  for (const place of places) addTo(hash, root, join(root, ...place.split('/')));
  return hash.digest('hex');
}

function addTo(hash, root, path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) {
    hash.update(`${relative(root, path).split(sep).join('/')}\0${stat.size}\0${stat.mtimeMs}\0`);
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (isSource(name)) addTo(hash, root, join(path, name));
  }
}

/** Tests, build results and what editors leave behind do not end up in a bundle. */
function isSource(name) {
  if (name === 'dist' || name === 'node_modules' || name.startsWith('.') || name.startsWith('dist.'))
    return false;
  return !name.endsWith('.test.ts') && !name.endsWith('~');
}

function readStamp(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
