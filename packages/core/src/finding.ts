/** How much a finding weighs: an error stops the build, a warning and a hint do not. */
export const SEVERITIES = ['error', 'warning', 'hint'] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * One remark about a file that a user wrote. `line` and `column` count from 1 in the whole file (not in the
 * YAML document), `pointer` is a JSON pointer into the document, `document` counts from 0.
 */
export interface Finding {
  readonly severity: Severity;
  /** Stable kebab-case code, for example `unknown-key`. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly document: number;
  readonly pointer: string;
}

/** `.drone.yml:3:5: error: message (hint)`, the form that editors and people know. */
export function formatFinding(finding: Finding): string {
  const place = `${finding.file}:${finding.line}:${finding.column}`;
  const hint = finding.hint === undefined ? '' : ` (${finding.hint})`;
  return `${place}: ${finding.severity}: ${finding.message}${hint}`;
}
