import type { Finding } from '@sortie/sdk/types';

export interface ExcerptLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  readonly isMarked: boolean;
}

/** The lines around a place, `around` before and after it; empty when the place lies outside the text. */
export function excerptOf(text: string, line: number, around = 2): readonly ExcerptLine[] {
  const lines = text.split(/\r?\n/);
  if (line < 1 || line > lines.length) return [];
  const first = Math.max(1, line - around);
  return lines.slice(first - 1, line + around).map((content, at) => ({
    number: first + at,
    text: content,
    isMarked: first + at === line,
  }));
}

/** Errors first, then warnings, then hints; within these by place. */
export function arrangeFindings(findings: readonly Finding[]): readonly Finding[] {
  const weight = { error: 0, warning: 1, hint: 2 };
  return findings.toSorted(
    (a, b) => weight[a.severity] - weight[b.severity] || a.line - b.line || a.column - b.column,
  );
}
