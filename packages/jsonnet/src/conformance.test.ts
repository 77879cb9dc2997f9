import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { JsonnetError } from './errors.ts';
import { evaluate } from './evaluate.ts';
import { manifestJson } from './manifest/json.ts';
import { CASE_FILES, caseUrl, readCaseFile } from './testing/case-file.ts';

/**
 * The results in `cases/*.expected.txt` are those of google/go-jsonnet 0.20, except where `jsonnet.oracle.test.ts`
 * lists a deliberate difference; that test compares all of them with the original. `UPDATE=1` rewrites the files.
 */
for (const name of CASE_FILES) {
  test(`every program of ${name}.txt has its recorded result`, () => {
    const sources = readCaseFile(name);
    const results = sources.map((source) => `${JSON.stringify(source)}  →  ${resultOf(source)}`);
    const file = caseUrl(`${name}.expected.txt`);
    if (process.env.UPDATE === '1') writeFileSync(file, `${results.join('\n')}\n`);
    assert.deepEqual(results, readFileSync(file, 'utf8').trimEnd().split('\n'));
  });
}

/** The value as JSON text on one line, or the kind and place of the error. */
function resultOf(source: string): string {
  try {
    return JSON.stringify(manifestJson(evaluate(source, { file: 'case' }).value, ''));
  } catch (error) {
    if (!(error instanceof JsonnetError)) throw error;
    return `${error.kind} error at ${error.line}:${error.column}`;
  }
}
