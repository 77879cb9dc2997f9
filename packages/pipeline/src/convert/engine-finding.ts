import type { Finding } from '@sortie/core/finding';

type Engine = 'jsonnet' | 'starlark' | 'template';

interface EngineError {
  readonly kind: string;
  readonly message: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly trace: readonly { readonly line: number; readonly column: number; readonly file?: string }[];
}

const HINTS: Readonly<Record<string, string>> = {
  syntax: 'Look at the brackets, commas and quotes at this place and before it.',
  scope: 'Define the name before it is used, or correct its spelling.',
  name: 'Define the name before it is used, or correct its spelling.',
  import: 'Only files of the same commit can be imported.',
  limit: 'Let the file do less; nothing in it may run for ever.',
  result: 'Return a map for one pipeline, or a list of maps.',
};

/** The finding for an error of an interpreter; its code is engine and kind, such as `jsonnet-syntax`. */
export function engineFinding(engine: Engine, error: EngineError): Finding {
  const hint = HINTS[error.kind] ?? calledFrom(error);
  const finding = {
    severity: 'error',
    code: `${engine}-${error.kind}`,
    // What a script says about itself stays as it said it.
    message: error.kind === 'runtime' ? error.message : sentence(error.message),
    file: error.file,
    line: Math.max(error.line, 1),
    column: Math.max(error.column, 1),
    document: 0,
    pointer: '',
  } as const;
  return hint === undefined ? finding : { ...finding, hint };
}

/** Replaces the hint of findings with one code. */
export function withHint<T extends { readonly findings: readonly Finding[] }>(
  result: T,
  { code, hint }: { readonly code: string; readonly hint: string },
): T {
  const findings = result.findings.map((finding) => (finding.code === code ? { ...finding, hint } : finding));
  return { ...result, findings };
}

function calledFrom({ trace, file }: EngineError): string | undefined {
  const places = trace.slice(0, 5).map((call) => `${call.file ?? file}:${call.line}:${call.column}`);
  return places.length === 0 ? undefined : `The calls under way: ${places.join(', ')}.`;
}

function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
