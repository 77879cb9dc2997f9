import type { Finding, Severity } from '@sortie/core/finding';
import { shorten } from './short-text.ts';
import type { Path, Place } from './tree.ts';

/** A hostile file must not fill the database with remarks about itself. */
const MAX_FINDINGS = 100;
/** In UTF-16 units, each of a message and a hint: names and values of the file stand in both. */
const MAX_TEXT_LENGTH = 500;

export interface Remark {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly at: Place;
  readonly path: Path;
}

/** Collects the findings of one file, their texts cut at 500 characters. Beyond 100 only their number is kept. */
export interface FindingLog {
  readonly file: string;
  add(document: number, remark: Remark): void;
  hasErrors(): boolean;
  /** True when further findings are only counted, so that nobody needs to work on their hints. */
  isFull(): boolean;
  /** In order of the file, errors and warnings alike. */
  list(): readonly Finding[];
}

/** The log of a file as one document writes to it. */
export interface Scope {
  readonly document: number;
  readonly log: FindingLog;
}

/** Remarks in the order in which they were made, for a log that comes later. */
export interface Recording {
  readonly remarks: readonly (readonly [document: number, remark: Remark])[];
}

/** A log that passes everything on and keeps it for `replay`. */
export function record(log: FindingLog): Recording & { readonly log: FindingLog } {
  const remarks: (readonly [number, Remark])[] = [];
  const add = (document: number, remark: Remark) => {
    remarks.push([document, remark]);
    log.add(document, remark);
  };
  return { remarks, log: { ...log, add } };
}

export function replay({ remarks }: Recording, log: FindingLog): void {
  for (const [document, remark] of remarks) log.add(document, remark);
}

export function createFindingLog(file: string): FindingLog {
  const findings: Finding[] = [];
  let dropped = 0;
  let errors = 0;
  return {
    file,
    add(document, remark) {
      if (remark.severity === 'error') errors += 1;
      if (findings.length >= MAX_FINDINGS && remark.severity !== 'error') dropped += 1;
      else if (findings.length >= 2 * MAX_FINDINGS) dropped += 1;
      else findings.push(toFinding(file, document, remark));
    },
    hasErrors: () => errors > 0,
    isFull: () => findings.length >= 2 * MAX_FINDINGS || (findings.length >= MAX_FINDINGS && errors === 0),
    list() {
      const sorted = findings.toSorted((a, b) => a.line - b.line || a.column - b.column);
      return dropped === 0 ? sorted : [...sorted, overflow(file, dropped)];
    },
  };
}

function toFinding(file: string, document: number, remark: Remark): Finding {
  const { severity, code, message, hint, at, path } = remark;
  return {
    severity,
    code,
    message: shorten(message, MAX_TEXT_LENGTH),
    ...(hint === undefined ? {} : { hint: shorten(hint, MAX_TEXT_LENGTH) }),
    file,
    line: at.line,
    column: at.column,
    document,
    pointer: toPointer(path),
  };
}

function overflow(file: string, dropped: number): Finding {
  return {
    severity: 'warning',
    code: 'too-many-findings',
    message: `${dropped} further remarks about this file are left out.`,
    hint: 'Repair the ones above and check the file again.',
    file,
    line: 1,
    column: 1,
    document: 0,
    pointer: '',
  };
}

/** `['steps', 0, 'a/b']` → `/steps/0/a~1b` (RFC 6901). */
export function toPointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
