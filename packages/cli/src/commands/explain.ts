import { substitutionVariables } from '@sortie/pipeline/environment';
import {
  type ExplainedStage,
  type ExplainedStep,
  type Explanation,
  explainConfig,
} from '@sortie/pipeline/explain';
import { renderFindings } from './findings-report.ts';
import { loadConfig } from './load-config.ts';
import { createLocalBuild, type LocalBuildOptions } from './local-build.ts';
import { readSource } from './read-source.ts';
import { EXIT_DONE, EXIT_FAILED, type Terminal } from './terminal.ts';

export interface ExplainOptions {
  readonly path: string;
  readonly output: 'text' | 'json';
  readonly templates?: string;
  readonly build: LocalBuildOptions;
}

/** `sortie explain`: which pipelines and steps would run in a build, and why not. Returns the exit code. */
export async function explain(terminal: Terminal, options: ExplainOptions): Promise<number> {
  const { build, templates: templateFolder } = options;
  const local = createLocalBuild(build, Math.floor(terminal.now() / 1000));
  const source = await readSource(terminal, options.path);
  const conversion = await loadConfig(terminal, source, { local, templateFolder });
  const { file, text } = conversion;
  const context = local.contextOf(STAGE);
  const variables = substitutionVariables(context, { isCompatible: false });
  const explained = explainConfig(
    text,
    { file, isTrusted: build.trusted },
    { trigger: local.trigger, variables },
  );
  const findings = [...conversion.findings, ...explained.findings];
  const isFailed = findings.some(({ severity }) => severity === 'error');
  if (options.output === 'json') terminal.out(`${JSON.stringify({ ...explained, findings }, null, 2)}\n`);
  else {
    if (findings.length > 0) terminal.err(renderFindings(findings, 'text'));
    terminal.out(renderExplanation(explained));
  }
  return isFailed ? EXIT_FAILED : EXIT_DONE;
}

/** Variables of a stage do not matter for conditions. */
const STAGE = {
  number: 1,
  name: 'default',
  kind: 'pipeline',
  type: 'docker',
  platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
  labels: {},
  limit: 0,
  group: '',
  onSuccess: true,
  onFailure: false,
  dependsOn: [],
} as const;

function renderExplanation({ stages }: Explanation): string {
  return stages.map((stage) => `${renderStage(stage)}\n`).join('');
}

function renderStage(stage: ExplainedStage): string {
  const waits = stage.dependsOn.length > 0 ? `, after ${stage.dependsOn.join(', ')}` : '';
  const lines = [`${mark(stage.runs)} pipeline ${stage.name} (${stage.type}): ${stage.reason}${waits}`];
  if (stage.runs) lines.push(...stage.steps.map(renderStep));
  return lines.join('\n');
}

const POLICIES = {
  'on-success': '',
  'on-failure': ', only after a failure',
  always: ', after a failure too',
} as const;

function renderStep(step: ExplainedStep): string {
  return `  ${mark(step.runs)} ${step.kind} ${step.name}: ${step.reason}${step.runs ? POLICIES[step.policy] : ''}`;
}

function mark(runs: boolean): string {
  return runs ? 'runs ' : 'skips';
}
