import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One case for google/go-jsonnet; the names are those of its command line. */
export interface OracleCase {
  readonly source: string;
  readonly mode?: 'string' | 'stream';
  readonly extVars?: Readonly<Record<string, string>>;
  readonly extCode?: Readonly<Record<string, string>>;
  readonly tlaVars?: Readonly<Record<string, string>>;
  readonly tlaCode?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

/** `crash` means that the reference itself broke down over the case. */
export type OracleAnswer =
  | { readonly kind: 'output'; readonly output: string; readonly documents: readonly string[] }
  | { readonly kind: 'error' | 'crash'; readonly error: string };

/** Builds the oracle once. Throws, loudly, when Go is missing or the build fails. */
export function openOracle(): { ask: (cases: readonly OracleCase[]) => OracleAnswer[]; close: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'jsonnet-oracle-'));
  const program = join(folder, 'oracle');
  const built = spawnSync('go', ['build', '-o', program, '.'], {
    cwd: new URL('./oracle/', import.meta.url),
    encoding: 'utf8',
  });
  if (built.error !== undefined)
    throw new Error('Go is needed for the oracle tests.', { cause: built.error });
  if (built.status !== 0) throw new Error(`The oracle does not build: ${built.stderr}`);
  return {
    ask: (cases) => askAll(program, cases),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A stack overflow ends the oracle; it is started again behind the case that did it. */
function askAll(program: string, cases: readonly OracleCase[]): OracleAnswer[] {
  const answers: OracleAnswer[] = [];
  while (answers.length < cases.length) {
    const input = cases.slice(answers.length).map((one) => JSON.stringify({ file: 'case.jsonnet', ...one }));
    const run = spawnSync(program, { input: `${input.join('\n')}\n`, encoding: 'utf8', maxBuffer: 2 ** 30 });
    // A crash closes the pipe before all cases have been written.
    const isBroken = run.error !== undefined && 'code' in run.error && run.error.code === 'EPIPE';
    if (run.error !== undefined && !isBroken) throw run.error;
    const lines = run.stdout.split('\n').slice(0, -1);
    answers.push(...lines.map(parseAnswer));
    if (isBroken || run.status !== 0) answers.push({ kind: 'crash', error: run.stderr.slice(0, 200) });
  }
  return answers;
}

function parseAnswer(line: string): OracleAnswer {
  const { error, output, documents } = JSON.parse(line) as Record<string, unknown>;
  if (typeof error === 'string') {
    return { kind: /^(INTERNAL ERROR|PANIC)/.test(error) ? 'crash' : 'error', error };
  }
  return {
    kind: 'output',
    output: String(output),
    documents: Array.isArray(documents) ? documents.map(String) : [],
  };
}
