import type { Finding } from '@sortie/core/finding';

export const FINDING_FORMATS = ['text', 'json', 'sarif', 'github'] as const;
export type FindingFormat = (typeof FINDING_FORMATS)[number];

/** Findings as text for people, as JSON, as SARIF 2.1.0 or as the commands that annotate a run of GitHub Actions. */
export function renderFindings(findings: readonly Finding[], format: FindingFormat): string {
  switch (format) {
    case 'text':
      return findings.map(toLine).join('');
    case 'json':
      return `${JSON.stringify(findings, null, 2)}\n`;
    case 'sarif':
      return `${JSON.stringify(toSarif(findings), null, 2)}\n`;
    case 'github':
      return findings.map(toCommand).join('');
  }
}

/** `.drone.yml:3:5: error missing-image The step has no image. Add one.`: place, weight, rule, words. */
function toLine(finding: Finding): string {
  const { file, line, column, severity, code } = finding;
  return `${file}:${line}:${column}: ${severity} ${code} ${textOf(finding)}\n`;
}

const LEVELS = { error: 'error', warning: 'warning', hint: 'note' } as const;

function toSarif(findings: readonly Finding[]): unknown {
  const codes = [...new Set(findings.map(({ code }) => code))].toSorted();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'sortie lint', rules: codes.map((id) => ({ id })) } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.code,
          ruleIndex: codes.indexOf(finding.code),
          level: LEVELS[finding.severity],
          message: { text: textOf(finding) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(finding.file.replaceAll('\\', '/')) },
                region: { startLine: finding.line, startColumn: finding.column },
              },
            },
          ],
        })),
      },
    ],
  };
}

function textOf({ message, hint }: Finding): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

const COMMANDS = { error: 'error', warning: 'warning', hint: 'notice' } as const;

function toCommand(finding: Finding): string {
  const { file, line, column, code, severity } = finding;
  const place = `file=${escapeProperty(file)},line=${line},col=${column},title=${escapeProperty(code)}`;
  return `::${COMMANDS[severity]} ${place}::${escapeData(textOf(finding))}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
