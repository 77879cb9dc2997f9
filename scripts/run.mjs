/**
 * Starts a program of this repository on the Node.js release that the repository brings along.
 *
 *     node scripts/run.mjs packages/sortie/src/main.ts [arguments]     the bundled server, built first when stale
 *     node scripts/run.mjs --source FILE.ts [arguments]                a TypeScript file as it is
 *
 * Plain JavaScript on purpose: it must work on Node.js 20, which cannot run TypeScript. It replaces itself by the
 * program where the system allows that, so that signals, exit code and process id are the program's own.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isServerFresh, isWebFresh, serverEntry } from './run/freshness.mjs';
import { findNode, missingNodeMessage } from './run/node-binary.mjs';
import { relaySignals } from './run/signals.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

main(process.argv.slice(2));

/** @param {string[]} args */
function main(args) {
  const node = findNode(root);
  if (node === undefined) fail(missingNodeMessage());
  if (args[0] === '--source') {
    const file = args[1];
    if (file === undefined) fail('run.mjs: --source needs the TypeScript file to run.');
    replaceBy(node, [resolve(root, file), ...args.slice(2)]);
    return;
  }
  if (args.length === 0) fail('run.mjs: name the file to run, for example packages/sortie/src/main.ts.');
  buildWhenStale(node);
  replaceBy(node, [serverEntry(root), ...args.slice(1)]);
}

/** @param {string} node */
function buildWhenStale(node) {
  if (isServerFresh(root) && isWebFresh(root)) return;
  const build = spawnSync(node, [join(root, 'scripts', 'build.ts'), '--if-stale'], {
    // What the build prints must not mix with what the program prints on standard output.
    stdio: ['ignore', 2, 'inherit'],
    env: environment(),
  });
  if (build.error !== undefined) fail(`The build could not be started (${build.error.message}).`);
  if (build.signal !== null) process.exit(130);
  if (build.status !== 0) process.exit(build.status ?? 1);
}

/**
 * @param {string} node
 * @param {string[]} args
 */
function replaceBy(node, args) {
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    // Some releases announce the call as experimental on standard error; that is nobody's concern here.
    process.emitWarning = () => undefined;
    process.execve(node, [node, ...args], environment());
  }
  // An exit of this process that no signal handler sees (kill -9) closes the channel, and the program ends itself.
  const guard = pathToFileURL(join(root, 'scripts', 'run', 'end-with-parent.mjs')).href;
  const child = spawn(node, ['--import', guard, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: environment(),
  });
  relaySignals(child);
  child.on('error', (error) => fail(`The Node.js binary ${node} could not be started (${error.message}).`));
}

function environment() {
  const cache = process.env.NODE_COMPILE_CACHE ?? join(root, '.sortie-cache', 'compile');
  return { ...process.env, NODE_COMPILE_CACHE: cache };
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
