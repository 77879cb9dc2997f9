import type { Finding } from '@sortie/core/finding';
import type { ConfigSource } from '@sortie/pipeline/convert/conversion';
import { readConfig } from '@sortie/pipeline/read';
import { type FindingFormat, renderFindings } from './findings-report.ts';
import { loadConfig } from './load-config.ts';
import { createLocalBuild, type LocalBuildOptions } from './local-build.ts';
import { listSources, readSource } from './read-source.ts';
import { EXIT_DONE, EXIT_FAILED, type Terminal } from './terminal.ts';

export interface LintOptions {
  /** Files and folders; `-` is standard input. */
  readonly paths: readonly string[];
  readonly output: FindingFormat;
  /** Warnings fail too. */
  readonly strict: boolean;
  readonly templates?: string;
  readonly build: LocalBuildOptions;
}

/**
 * `sortie lint`: every finding of the files, all at once. Returns the exit code: 1 when one of them is an error, or
 * with `strict` a warning.
 */
export async function lint(terminal: Terminal, options: LintOptions): Promise<number> {
  const findings: Finding[] = [];
  for (const path of options.paths) {
    for (const file of await listSources(terminal, path))
      findings.push(...(await lintSource(terminal, await readSource(terminal, file), options)));
  }
  const isSilent = findings.length === 0 && (options.output === 'text' || options.output === 'github');
  if (!isSilent) terminal.out(renderFindings(findings, options.output));
  const weight = options.strict ? ['error', 'warning'] : ['error'];
  return findings.some(({ severity }) => weight.includes(severity)) ? EXIT_FAILED : EXIT_DONE;
}

async function lintSource(
  terminal: Terminal,
  source: ConfigSource,
  { build, templates: templateFolder }: LintOptions,
): Promise<readonly Finding[]> {
  const local = createLocalBuild(build, Math.floor(terminal.now() / 1000));
  const { text, file, findings } = await loadConfig(terminal, source, { local, templateFolder });
  if (findings.some(({ severity }) => severity === 'error')) return findings;
  return [...findings, ...readConfig(text, { file, isTrusted: build.trusted }).findings];
}
