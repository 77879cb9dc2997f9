import type { Finding } from '@sortie/core/finding';
import { splitDocuments } from '@sortie/pipeline/split';

/** What kind of error it is; the words differ between programs. */
export type FailureClass = 'shape' | 'substitution' | 'syntax' | 'type' | 'kind' | 'lint';

/** A refusal, comparable: its class and, where it has one, its line within the document. */
export interface Failure {
  readonly class: FailureClass;
  readonly lines: readonly number[];
}

/** The failure behind an error text of Drone. */
export function goldenFailure(text: string): Failure {
  const lines = [...text.matchAll(/line (\d+)/g)].map((match) => Number(match[1]));
  if (/missing kind|kind attribute|unknown kind/i.test(text)) return { class: 'kind', lines };
  if (text.startsWith('yaml: unmarshal')) return { class: 'type', lines };
  if (text.startsWith('yaml:')) return { class: 'syntax', lines };
  if (/bad substitution|closing brace|unable to parse|parse error/i.test(text))
    return { class: 'substitution', lines };
  return { class: 'lint', lines };
}

const CLASSES: readonly (readonly [pattern: RegExp, is: FailureClass])[] = [
  [/^substitution-shape$/, 'shape'],
  [/^substitution-/, 'substitution'],
  [/^(?:yaml-syntax|unknown-anchor|bad-character|merge-not-map|key-not-text|document-not-map)$/, 'syntax'],
  [/^(?:wrong-type|bad-size|bad-binary|out-of-range|bad-variable-name)$/, 'type'],
  [/^(?:missing-kind|unknown-kind|old-format)$/, 'kind'],
];

/** The failures of a text by their classes, from its error findings. */
export function ourFailures(text: string, findings: readonly Finding[]): readonly Failure[] {
  const documents = splitDocuments(text);
  const failures = new Map<FailureClass, number[]>();
  for (const { severity, code, line, document } of findings) {
    if (severity !== 'error') continue;
    const is = CLASSES.find(([pattern]) => pattern.test(code))?.[1] ?? 'lint';
    const first = documents[document]?.firstLine ?? 1;
    failures.set(is, [...(failures.get(is) ?? []), line - first + 1]);
  }
  return [...failures].map(([is, lines]) => ({ class: is, lines }));
}

/**
 * True when a refusal of ours is Drone's. A syntax error is found where the parser loses its way, which for Drone's is
 * up to two lines beside the mistake.
 */
export function isSameFailure(ours: readonly Failure[], golden: Failure): boolean {
  const same = ours.find((failure) => failure.class === golden.class);
  if (same === undefined) return false;
  const reach = golden.class === 'syntax' ? 2 : 0;
  return golden.lines.every((line) => same.lines.some((own) => Math.abs(own - line) <= reach));
}
