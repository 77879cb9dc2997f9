import type { Plan, PlanStep } from '@sortie/core/plan';
import { parseImageName, registryHost } from '@sortie/engine/docker/image-name';
import { compileStage } from '@sortie/pipeline/compile';
import type { CompileContext } from '@sortie/pipeline/compile-context';
import { pullLogins, type RegistryLogin } from '@sortie/pipeline/registries';
import { resolveSecrets } from '@sortie/pipeline/secrets';
import { comparableEnvironment } from './comparable-environment.ts';
import { differencesOf } from './difference.ts';
import { goldenFailure, isSameFailure, ourFailures } from './failure.ts';
import type { Environment, GoldenPipeline, GoldenStep } from './golden.ts';

/** One pipeline of a file in one context. */
export interface PipelineCase {
  readonly file: string;
  readonly text: string;
  readonly context: CompileContext;
  readonly golden: GoldenPipeline;
  /** The environment that all steps of this type have. */
  readonly common: Environment;
  /** Every secret that was supplied, by name. */
  readonly secrets: ReadonlyMap<string, string>;
}

type Differences = ReturnType<typeof differencesOf>;

/** What the runner makes of a pipeline, compared. */
export async function comparePipeline(input: PipelineCase): Promise<Differences> {
  const { file, text, context, golden } = input;
  const { plan, findings } = compileStage(text, { file, compatibility: true }, context);
  const failures = ourFailures(text, findings);
  if (golden.error !== undefined) {
    const wanted = goldenFailure(golden.error);
    if (plan === undefined && isSameFailure(failures, wanted)) return [];
    const isComment = findings.some(({ code }) => code === 'substitution-comment-syntax');
    if (plan !== undefined && wanted.class === 'substitution' && isComment)
      return [{ path: 'comment', ours: 'a warning', golden: golden.error }];
    return [{ path: 'error', ours: failures, golden: golden.error }];
  }
  if (plan === undefined) return [{ path: 'error', ours: failures, golden: undefined }];
  return differencesOf(await toComparable(plan, input), goldenForm(input));
}

async function toComparable(plan: Plan, { context, secrets }: PipelineCase): Promise<object> {
  const { event, sourceRepo } = context.build;
  const stored = [...secrets].map(([name, value]) => ({ name, value, allowsPullRequests: false }));
  const values = await resolveSecrets(
    plan,
    { stored },
    { isPullRequest: event === 'pull_request', sourceRepo, isPublic: !context.repo.isPrivate },
  );
  const logins = pullLogins((plan.pullSecrets ?? []).map((name) => values.get(name) ?? ''));
  const isShell = plan.type !== 'docker';
  return {
    type: plan.type,
    platform: plan.platform,
    volumes: isShell ? [] : plan.volumes.map(volumeForm),
    steps: plan.steps.map((step) => ({
      ...flowForm(step, plan.type),
      secrets: secretForm(step, isShell ? undefined : values),
      environment: comparableEnvironment(step.environment, context),
      ...(isShell ? {} : containerForm(step, logins)),
    })),
  };
}

function flowForm(step: PlanStep, type: string): object {
  return {
    name: step.name,
    dependsOn: step.dependsOn,
    runPolicy: step.runPolicy,
    failure: step.failure,
    detach: step.detached,
    script: step.kind === 'clone' ? undefined : commandsOf(step, type),
  };
}

/** The commands without the header, which differs on purpose (docs/deviations.md). */
function commandsOf({ script, shell }: PlanStep, type: string): string | undefined {
  const end = shell === 'powershell' ? '\n$erroractionpreference = "stop"\n' : '\nset -e\n';
  const at = script?.indexOf(end) ?? -1;
  if (script === undefined || at < 0) return undefined;
  return type === 'exec' && shell === 'powershell' ? script.trimStart() : script.slice(at + end.length);
}

function secretForm(step: PlanStep, values: ReadonlyMap<string, string> | undefined): readonly string[] {
  const all = step.secrets.map(({ env, secret }) =>
    values === undefined ? `${env}=${secret}` : `${env}=${secret}: ${values.get(secret) ?? ''}`,
  );
  return all.toSorted();
}

function containerForm(step: PlanStep, logins: readonly RegistryLogin[]): object {
  const name = step.image === undefined ? undefined : parseImageName(step.image);
  const login = logins.find(({ address }) => registryHost(address) === name?.registry);
  const isClone = step.kind === 'clone';
  return {
    // The image of the clone is the runner's, and its name is left as it is.
    image: isClone ? step.image : (name?.reference ?? step.image),
    auth: login === undefined ? undefined : { ...login, address: registryHost(login.address) },
    pull: step.pull,
    entrypoint: step.entrypoint,
    command: step.command,
    privileged: step.privileged,
    user: step.user,
    workingDir: step.workingDir,
    networkMode: step.networkMode,
    dns: step.dns,
    dnsSearch: step.dnsSearch,
    extraHosts: step.extraHosts,
    shmSize: step.shmSizeBytes,
    memLimit: step.memoryLimitBytes,
    memSwapLimit: step.memorySwapLimitBytes,
    mounts: step.mounts.map(({ volume, path }) => ({ volume, path })),
    devices: step.devices.map(({ volume, path }) => ({ volume, path })),
  };
}

function volumeForm({ name, kind, path, sizeBytes }: Plan['volumes'][number]): object {
  return { name, kind, path, sizeBytes };
}

function goldenForm(input: PipelineCase): object {
  const { golden, context, common } = input;
  const steps = golden.steps ?? [];
  const isShell = golden.type !== 'docker';
  return {
    type: golden.type,
    platform: { os: 'linux', arch: 'amd64', variant: '', version: '', ...golden.platform },
    volumes: (isShell ? [] : (golden.volumes ?? []))
      .filter(({ name }) => name !== '_workspace')
      .map(({ name, kind, path, medium, size_limit }) => ({
        name,
        kind: medium === 'memory' ? 'tmpfs' : kind,
        path,
        sizeBytes: size_limit,
      })),
    steps: steps
      .filter((step) => step.run_policy !== 'never')
      .map((step) => ({
        ...goldenFlow(step, steps, isShell),
        secrets: goldenSecrets(step, input, isShell),
        environment: comparableEnvironment(
          { ...common, ...golden.environment, ...step.environment },
          context,
        ),
        ...(isShell ? {} : goldenContainer(step)),
      })),
  };
}

function goldenFlow(step: GoldenStep, steps: readonly GoldenStep[], isShell: boolean): object {
  const written = isShell ? step.files?.[0]?.script : step.script;
  const script = isShell ? written?.replace(/^\nset -e\n/, '') : written;
  return {
    name: step.name,
    dependsOn: splice(step.depends_on ?? [], steps),
    runPolicy: step.run_policy,
    failure: step.err_policy === 'fail-fast' ? 'fast' : (step.err_policy ?? 'fail'),
    detach: step.detach ?? false,
    script: step.name === 'clone' && isBuiltIn(step, isShell) ? undefined : script,
  };
}

/** The script of an exec clone is git's business and not compared; a clone in Docker has none. */
function isBuiltIn(step: GoldenStep, isShell: boolean): boolean {
  return isShell && step.run_policy === 'always';
}

/** Drone keeps excluded steps in the graph; ours hands on what they wait for. */
function splice(names: readonly string[], steps: readonly GoldenStep[]): readonly string[] {
  const spliced = names.flatMap((name) => {
    const step = steps.find((candidate) => candidate.name === name);
    return step?.run_policy === 'never' ? splice(step.depends_on ?? [], steps) : [name];
  });
  return [...new Set(spliced)];
}

function goldenSecrets(step: GoldenStep, { secrets }: PipelineCase, isShell: boolean): readonly string[] {
  const all = (step.secrets ?? []).map(({ env, name, value }) => {
    if (isShell) return `${env}=${name}`;
    const known = value === '{{pull config}}' || value === undefined ? (secrets.get(name) ?? '') : value;
    return `${env}=${name}: ${known}`;
  });
  return all.toSorted();
}

function goldenContainer(step: GoldenStep): object {
  const hasScript = step.script !== undefined;
  const { auth } = step;
  return {
    image: step.image,
    auth: auth === undefined ? undefined : { ...auth, address: registryHost(auth.address) },
    pull: step.pull,
    entrypoint: hasScript ? undefined : step.entrypoint,
    command: hasScript ? undefined : step.command,
    privileged: step.privileged ?? false,
    user: step.user,
    workingDir: step.working_dir,
    networkMode: step.network_mode ?? step.network,
    dns: step.dns ?? [],
    dnsSearch: step.dns_search ?? [],
    extraHosts: step.extra_hosts ?? [],
    shmSize: step.shm_size,
    memLimit: step.mem_limit,
    memSwapLimit: step.memswap_limit,
    mounts: (step.volumes ?? [])
      .filter(({ name }) => name !== '_workspace')
      .map(({ name, path }) => ({ volume: name, path })),
    devices: (step.devices ?? []).map(({ name, path }) => ({ volume: name, path })),
  };
}
