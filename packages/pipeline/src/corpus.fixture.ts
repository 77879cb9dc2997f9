import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Build, BuildEvent } from '@sortie/core/build';
import type { PlanStep } from '@sortie/core/plan';
import { aContext } from './compile-context.fixture.ts';
import type { CompileContext } from './compile-context.ts';

/** Real pipeline files with what Drone makes of them, kept beside the repository. */
const CORPUS = join(import.meta.dirname, '../../../../shared/corpus');

/** Reason to skip tests that need the corpus; false when it is there. */
export const corpusMissing = existsSync(CORPUS) ? false : 'the corpus of real files is not on this machine';

export interface GoldenStep {
  readonly name: string;
  readonly image?: string;
  readonly pull?: string;
  readonly depends_on?: readonly string[];
  readonly run_policy: string;
  readonly err_policy?: string;
  readonly detach?: boolean;
  readonly privileged?: boolean;
  readonly user?: string;
  readonly working_dir?: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[] | string;
  readonly script?: string;
  readonly files?: readonly { readonly script?: string }[];
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly secrets?: readonly { readonly env: string; readonly name: string }[];
  readonly volumes?: readonly { readonly name: string; readonly path: string }[];
}

export interface GoldenPipeline {
  readonly type: string;
  readonly note?: string;
  readonly error?: string;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly steps: readonly GoldenStep[];
}

export interface GoldenStage {
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly os: string;
  readonly arch: string;
  readonly depends_on: readonly string[] | null;
  readonly on_success: boolean;
  readonly on_failure: boolean;
}

type SameAsPush<T> = T | 'same as push';

export interface Golden {
  readonly file: string;
  readonly format: string;
  readonly server: Readonly<
    Record<string, SameAsPush<{ readonly error?: string; readonly stages?: readonly GoldenStage[] }>>
  >;
  readonly contexts: Readonly<
    Record<string, SameAsPush<Readonly<Record<string, SameAsPush<GoldenPipeline>>>>>
  >;
}

interface CorpusContext {
  readonly common_environment: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly repo: Readonly<Record<string, string>> & { readonly trusted: boolean };
  readonly build: Readonly<Record<string, string>> & { readonly author: Readonly<Record<string, string>> };
  readonly system: { readonly proto: string; readonly host: string; readonly version: string };
}

function readJson<T>(...path: readonly string[]): T {
  return JSON.parse(readFileSync(join(CORPUS, ...path), 'utf8')) as T;
}

/** Every `step`-th golden file, the 0.8 format left out, each with its pipeline text. */
export function listGolden(step: number): readonly { readonly golden: Golden; readonly text: string }[] {
  return readdirSync(join(CORPUS, 'golden'))
    .toSorted()
    .filter((_, at) => at % step === 0)
    .map((name) => readJson<Golden>('golden', name))
    .filter(({ format }) => format !== '0.8')
    .map((golden) => ({ golden, text: readFileSync(join(CORPUS, 'yaml', golden.file), 'utf8') }));
}

/** The inputs of one of the corpus's builds, and the environment that all of its steps have. */
export function corpusContext(name: string): {
  context: CompileContext;
  common: CorpusContext['common_environment'];
} {
  const { contexts } = readJson<{ contexts: Record<string, CorpusContext> }>('contexts.json');
  const source = contexts[name];
  if (source === undefined) throw new Error(`the corpus has no context ${name}`);
  const { repo, build, system } = source;
  const context = aContext({
    system,
    isTrusted: repo.trusted,
    runner: { machine: '', cloneImage: 'drone/git:latest' },
    repo: { isTrusted: repo.trusted },
    build: {
      event: build.event as BuildEvent,
      ...pickTexts(build, {
        action: 'action',
        link: 'link',
        title: 'title',
        message: 'message',
        before: 'before',
        after: 'after',
        ref: 'ref',
        sourceRepo: 'fork',
        source: 'source_branch',
        target: 'target_branch',
        trigger: 'trigger',
        cron: 'cron',
        deployTo: 'deploy_target',
      }),
      parent: Number(build.parent),
      authorAvatar: build.author.avatar ?? '',
    },
  });
  return { context, common: source.common_environment };
}

function pickTexts(
  source: Readonly<Record<string, unknown>>,
  names: Readonly<Partial<Record<keyof Build, string>>>,
): Partial<Build> {
  return Object.fromEntries(
    Object.entries(names).map(([name, key]) => [name, String(source[key ?? ''] ?? '')]),
  );
}

/** Variables that a real build fills and the corpus does not, or that an engine adds. */
const LEFT_OUT = new Set([
  'DRONE_BUILD_TRIGGER',
  'DRONE_REPO_SCM',
  'CI_BUILD_STATUS',
  'DRONE_STEP_NAME',
  'DRONE_STEP_NUMBER',
  'DRONE_DOCKER_NETWORK_ID',
  'DRONE_DOCKER_VOLUME_ID',
  'DRONE_SCRIPT',
  'DRONE_STAGE_NUMBER',
  'DRONE_STAGE_VERSION',
  'DRONE_HOME',
  'HOME',
  'HOMEPATH',
  'USERPROFILE',
  'USER',
]);

/** Variables by name, without empty ones and those that cannot be compared. */
export function comparable(
  variables: Readonly<Record<string, string | null>>,
  context: CompileContext,
): Record<string, string> {
  const { stage } = context;
  const replace = (value: string) =>
    value
      .replace('{{now}}', String(context.now))
      .replace('{{stage.name}}', stage.name)
      .replace('{{stage.type}}', stage.type)
      .replace('{{stage.os}}', stage.platform.os)
      .replace('{{stage.arch}}', stage.platform.arch)
      .replace('{{stage.variant}}', stage.platform.variant);
  const pairs = Object.entries(variables).flatMap(([name, value]) => {
    const isLeftOut =
      LEFT_OUT.has(name) || (stage.type === 'exec' && (name === 'PATH' || name === 'DRONE_WORKSPACE'));
    const text = value === null || isLeftOut ? '' : replace(value);
    return text === '' ? [] : [[name, text] as const];
  });
  return Object.fromEntries(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The commands of a compiled script, without the header and the escaped back-ticks that Drone does not have. */
export function commandsOf(step: PlanStep): string | undefined {
  const start = step.script?.indexOf('\nset -e\n') ?? 0;
  return step.script?.slice(start + '\nset -e\n'.length).replaceAll('\\`', '`');
}
