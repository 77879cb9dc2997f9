import { isNotFound } from '@sortie/sdk/errors';
import type { Build, Finding } from '@sortie/sdk/types';
import { useConfig } from '../hooks/queries.ts';
import { arrangeFindings, excerptOf } from '../lib/excerpt.ts';
import { Problem } from './problem.tsx';

/** Why a build could not begin: its error, and every finding with the lines it is about. */
export function Findings({ slug, build }: { readonly slug: string; readonly build: Build }) {
  const config = useConfig(slug, build.number);
  const findings = arrangeFindings(config.data?.findings ?? []);
  return (
    <section className="findings" aria-labelledby="findings-title">
      <h2 id="findings-title">
        {findings.length > 0 ? 'The pipeline file has errors' : 'The build could not begin'}
      </h2>
      {build.error !== undefined && findings.length === 0 && <p className="finding-text">{build.error}</p>}
      {config.isError && !isNotFound(config.error) && (
        <Problem
          what="The pipeline file could not be read"
          error={config.error}
          retry={() => void config.refetch()}
        />
      )}
      {findings.length > 0 && (
        <ul>
          {findings.map((finding) => (
            <FindingItem
              key={`${finding.line}:${finding.column}:${finding.code}:${finding.message}`}
              finding={finding}
              text={config.data?.text ?? ''}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

const TONES = { error: 'danger', warning: 'warn', hint: 'info' } as const;

function FindingItem({ finding, text }: { readonly finding: Finding; readonly text: string }) {
  const lines = excerptOf(text, finding.line);
  return (
    <li className="finding" data-tone={TONES[finding.severity]}>
      <p className="finding-head">
        <b className="finding-severity">{finding.severity}</b>
        <span className="mono">
          {finding.file}:{finding.line}:{finding.column}
        </span>
        <span className="fine">{finding.code}</span>
      </p>
      <p className="finding-text">{finding.message}</p>
      {finding.hint !== undefined && <p className="finding-hint">{finding.hint}</p>}
      {lines.length > 0 && (
        <ol className="excerpt" start={lines[0]?.number}>
          {lines.map((line) => (
            <li key={line.number} data-marked={line.isMarked || undefined}>
              <span className="excerpt-number" aria-hidden="true">
                {line.number}
              </span>
              <code>{line.text === '' ? ' ' : line.text}</code>
            </li>
          ))}
        </ol>
      )}
    </li>
  );
}
