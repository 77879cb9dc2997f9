import { AppError } from '@sortie/core/errors';
import type { Finding } from '@sortie/core/finding';
import type { Plan } from '@sortie/core/plan';
import { compileStage } from '@sortie/pipeline/compile';
import { readConfig } from '@sortie/pipeline/read';
import { selectStages } from '@sortie/pipeline/stages';
import { renderFindings } from './findings-report.ts';
import { loadConfig } from './load-config.ts';
import { createLocalBuild, type LocalBuildOptions } from './local-build.ts';
import { readSource } from './read-source.ts';
import { EXIT_DONE, EXIT_FAILED, type Terminal } from './terminal.ts';

export interface CompileCommandOptions {
  readonly path: string;
  /** Only this pipeline, whether or not its trigger matches. */
  readonly pipeline?: string;
  readonly templates?: string;
  readonly build: LocalBuildOptions;
}

/**
 * `sortie compile`: the plans of the pipelines that would run, as a JSON array on standard output. Secrets appear by
 * their names only. Findings go to standard error. Returns the exit code.
 */
export async function compile(terminal: Terminal, options: CompileCommandOptions): Promise<number> {
  const { build, pipeline, templates: templateFolder } = options;
  const local = createLocalBuild(build, Math.floor(terminal.now() / 1000));
  const source = await readSource(terminal, options.path);
  const { text, file, findings } = await loadConfig(terminal, source, { local, templateFolder });
  const read = readConfig(text, { file, isTrusted: build.trusted });
  if (hasErrors([...findings, ...read.findings])) {
    terminal.err(renderFindings(findings.length > 0 ? findings : read.findings, 'text'));
    return EXIT_FAILED;
  }
  const wanted =
    pipeline === undefined ? read.pipelines : read.pipelines.filter(({ name }) => name === pipeline);
  if (wanted.length === 0 && pipeline !== undefined) throw unknownPipeline(pipeline, read.pipelines);
  const forced = wanted.map((each) => ({ ...each, dependsOn: [], trigger: {} }));
  const { stages } = selectStages(pipeline === undefined ? wanted : forced, local.trigger);
  const plans: Plan[] = [];
  const remarks: Finding[] = [...findings];
  for (const stage of stages) {
    const compiled = compileStage(text, { file }, local.contextOf(stage));
    remarks.push(...compiled.findings);
    if (compiled.plan !== undefined) plans.push(compiled.plan);
  }
  if (remarks.length > 0) terminal.err(renderFindings(remarks, 'text'));
  if (hasErrors(remarks)) return EXIT_FAILED;
  terminal.out(`${JSON.stringify(plans, null, 2)}\n`);
  return EXIT_DONE;
}

function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

function unknownPipeline(name: string, all: readonly { readonly name: string }[]): AppError {
  const hint = `The file has ${all.map((each) => each.name).join(', ') || 'no pipeline'}.`;
  return new AppError('invalid-request', `There is no pipeline called ${JSON.stringify(name)}.`, { hint });
}
