import type { Build } from '@sortie/core/build';
import type { Plan, PlanStep } from '@sortie/core/plan';
import { type Repo, UNTOUCHED_REPO } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import type { CompileOptions } from './compile.ts';
import { compileStage } from './compile.ts';
import type { CompileContext } from './compile-context.ts';

/** Builders for the tests of this package. */

export const NOW = 1_700_000_100;

export const REPO: Repo = {
  ...UNTOUCHED_REPO,
  id: 1,
  connectionId: 1,
  uid: '1',
  userId: 1,
  namespace: 'octo',
  name: 'hello',
  slug: 'octo/hello',
  httpUrl: 'https://git.example.com/octo/hello.git',
  sshUrl: 'git@git.example.com:octo/hello.git',
  link: 'https://git.example.com/octo/hello',
  defaultBranch: 'main',
  isPrivate: false,
  visibility: 'public',
  isActive: true,
  configPath: '.drone.yml',
  timeoutMinutes: 60,
  counter: 7,
  synced: 0,
  created: 0,
  updated: 0,
  version: 1,
};

export const BUILD: Build = {
  id: 1,
  repoId: 1,
  number: 7,
  parent: 0,
  status: 'running',
  error: '',
  event: 'push',
  action: '',
  link: 'https://git.example.com/octo/hello/commit/6dcb09b5',
  title: '',
  message: 'add a feature',
  before: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
  after: '6dcb09b5b57875f334f61aebed695e2e4193db5e',
  ref: 'refs/heads/main',
  sourceRepo: '',
  source: 'main',
  target: 'main',
  authorLogin: 'octocat',
  authorName: 'The Octocat',
  authorEmail: 'octocat@example.com',
  authorAvatar: '',
  sender: 'octocat',
  trigger: '@hook',
  params: {},
  cron: '',
  deployTo: '',
  deployId: 0,
  debug: false,
  started: 0,
  finished: 0,
  created: 1_700_000_000,
  updated: 0,
  version: 1,
  config: '',
  findings: [],
  sequence: 0,
  enqueued: 0,
  isSigned: false,
  isVerified: false,
  isCancelling: false,
};

export const STAGE: Stage = {
  id: 1,
  repoId: 1,
  buildId: 1,
  number: 1,
  attempt: 1,
  name: 'default',
  kind: 'pipeline',
  type: 'docker',
  status: 'running',
  error: '',
  errIgnore: false,
  exitCode: 0,
  environment: {},
  machine: '',
  platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
  limit: 0,
  throttle: 0,
  onSuccess: true,
  onFailure: false,
  dependsOn: [],
  labels: {},
  started: 0,
  stopped: 0,
  created: 0,
  updated: 0,
  version: 1,
};

export interface ContextPatch extends Partial<Omit<CompileContext, 'repo' | 'build' | 'stage' | 'runner'>> {
  readonly repo?: Partial<Repo>;
  readonly build?: Partial<Build>;
  readonly stage?: Partial<Stage>;
  readonly runner?: Partial<CompileContext['runner']>;
}

/** A push to `main` of an untrusted public repository. */
export function aContext(patch: ContextPatch = {}): CompileContext {
  return {
    system: { proto: 'https', host: 'ci.example.com', version: '0.1.0' },
    now: NOW,
    isTrusted: false,
    ...patch,
    repo: { ...REPO, ...patch.repo },
    build: { ...BUILD, ...patch.build },
    stage: { ...STAGE, ...patch.stage },
    runner: { environ: {}, machine: 'runner-1', ...patch.runner },
  };
}

/** The error findings of a compilation, as `line code`. */
export function compileErrors(
  text: string,
  patch: ContextPatch = {},
  options: Partial<CompileOptions> = {},
): string[] {
  const { findings } = compileStage(text, { file: '.drone.yml', ...options }, aContext(patch));
  return findings.filter(({ severity }) => severity === 'error').map(({ line, code }) => `${line} ${code}`);
}

/** The plan of a text that compiles; throws with the findings otherwise. */
export function compilePlan(
  text: string,
  patch: ContextPatch = {},
  options: Partial<CompileOptions> = {},
): Plan {
  const { plan, findings } = compileStage(text, { file: '.drone.yml', ...options }, aContext(patch));
  if (plan === undefined)
    throw new Error(findings.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  return plan;
}

/** The step of that name; throws when the plan has none. */
export function stepOf(plan: Plan, name: string): PlanStep {
  const step = plan.steps.find((candidate) => candidate.name === name);
  if (step === undefined)
    throw new Error(`no step ${name} among ${plan.steps.map((each) => each.name).join(', ')}`);
  return step;
}

/** One docker step called `a` with the given further lines, each indented for the step. */
export function aStep(...lines: readonly string[]): string {
  return [
    'kind: pipeline',
    'steps:',
    '- name: a',
    '  image: alpine',
    ...lines.map((line) => `  ${line}`),
    '',
  ].join('\n');
}
