import { type Finding, SEVERITIES } from '@sortie/core/finding';
import { type Static, Type } from 'typebox';

/** A remark about a pipeline file: `line` and `column` count from 1 in the whole file. */
export const WireFinding = Type.Object(
  {
    severity: Type.Enum([...SEVERITIES]),
    code: Type.String(),
    message: Type.String(),
    hint: Type.Optional(Type.String()),
    file: Type.String(),
    line: Type.Integer(),
    column: Type.Integer(),
    document: Type.Integer({ description: 'Number of the YAML document, from 0' }),
    pointer: Type.String({ description: 'JSON pointer into the document' }),
  },
  { title: 'Finding' },
);
export type WireFinding = Static<typeof WireFinding>;

export function toWireFinding(finding: Finding): WireFinding {
  return {
    severity: finding.severity,
    code: finding.code,
    message: finding.message,
    hint: finding.hint,
    file: finding.file,
    line: finding.line,
    column: finding.column,
    document: finding.document,
    pointer: finding.pointer,
  };
}
