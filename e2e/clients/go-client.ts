import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a method of drone-go gave back: its result, or the text of its error. */
export interface GoAnswer {
  readonly result: unknown;
  readonly error?: string;
}

/** The unmodified drone-go, driven from here. Calls are answered in order. */
export interface GoClient {
  call(method: string, ...args: readonly unknown[]): Promise<GoAnswer>;
  /** The same as somebody else; an empty token is nobody. */
  callAs(token: string, method: string, ...args: readonly unknown[]): Promise<GoAnswer>;
  close(): Promise<void>;
}

/** Builds the little program around drone-go and starts it. Throws with Go's own words when that fails. */
export async function startGoClient(server: {
  readonly url: string;
  readonly token: string;
}): Promise<GoClient> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-drone-go-'));
  const program = join(folder, 'clients');
  await run('go', ['build', '-o', program, '.'], { cwd: join(import.meta.dirname, 'go') });
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ask = readAnswers(child);
  const callAs: GoClient['callAs'] = (token, method, ...args) =>
    ask({ server: server.url, token, method, args });
  return {
    callAs,
    call: (method, ...args) => callAs(server.token, method, ...args),
    async close() {
      child.stdin.end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function readAnswers(child: ChildProcess): (request: object) => Promise<GoAnswer> {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('the program has no pipes');
  const waiting: ((answer: GoAnswer) => void)[] = [];
  createInterface({ input: stdout }).on('line', (line) => waiting.shift()?.(JSON.parse(line) as GoAnswer));
  child.once('exit', (code) => {
    for (const answer of waiting.splice(0))
      answer({ result: undefined, error: `the program ended (${code})` });
  });
  return (request) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      stdin.write(`${JSON.stringify(request)}\n`);
    });
}
