import { readFileSync } from 'node:fs';
import type { Answer, Case } from './oracle-client.ts';

/** Hand-made cases: the lines of `expressions.txt` and the programs of `programs.txt`, the latter also with CRLF. */
export function readCases(): Case[] {
  const programs = read('programs.txt').split('\n---\n');
  return [
    ...read('expressions.txt')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `def main(ctx):\n  return (${line})\n`),
    ...programs.map((program) => `${program}\n`),
    ...programs.map((program) => program.replaceAll('\n', '\r\n')),
  ].map((source) => ({ source, main: true }));
}

/** An answer of Starlark-Go without its message; `differs` says that ours differs on purpose. */
export interface RecordedAnswer extends Answer {
  readonly differs: boolean;
}

/** What Starlark-Go answers to these cases, as the oracle test recorded it. */
export function readRecordedAnswers(): RecordedAnswer[] {
  return read('answers.jsonl')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function read(name: string): string {
  return readFileSync(new URL(`./cases/${name}`, import.meta.url), 'utf8');
}
