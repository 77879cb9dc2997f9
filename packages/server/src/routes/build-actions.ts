import {
  approveAllStages,
  approveBuild,
  createBuild,
  declineAllStages,
  declineBuild,
  promoteBuild,
  restartBuild as restartRoute,
  rollbackBuild,
} from '@sortie/contract/build-actions';
import { AppError } from '@sortie/core/errors';
import { type ApproveBuildDeps, approveStages, declineStages } from '../services/approve-build.ts';
import { deployBuild, restartBuild } from '../services/repeat-build.ts';
import { startBuild } from '../services/start-build.ts';
import { type TriggerParts, triggerDepsOf } from '../services/trigger-deps.ts';
import { requireBuild } from './build-view.ts';
import { FORK_PARAMETERS, forkBuild } from './legacy/fork-build.ts';
import { readFlag } from './legacy/read-flag.ts';
import { type Call, type Mount, repoOf, userOf } from './mount.ts';
import { answerTrigger } from './trigger-answer.ts';

/** Everything that starts a build on demand, and what lets a blocked one go on. */
export function mountBuildActionRoutes(mount: Mount, deps: TriggerParts & ApproveBuildDeps): void {
  mountStarts(mount, deps);
  mountApprovals(mount, deps);
}

function mountStarts(mount: Mount, deps: TriggerParts): void {
  mount(createBuild, async (call) => {
    const repo = repoOf(call);
    const outcome = await startBuild(triggerDepsOf(deps, repo), {
      repo,
      login: userOf(call).login,
      branch: named(call, 'branch') || repo.defaultBranch,
      commit: named(call, 'commit'),
      message: named(call, 'message'),
      action: named(call, 'action'),
      params: customParams(call, ['branch', 'commit']),
      within: call.noteBuild,
    });
    return answerTrigger(call, repo, outcome);
  });

  mount(restartRoute, async (call) => {
    const query = call.query as Readonly<Record<string, string>>;
    if (readFlag(query.fork)) {
      const { repo, input } = await readRepeat(deps, call, ['debug', ...FORK_PARAMETERS]);
      return answerTrigger(call, repo, await forkBuild(deps, { ...input, query }));
    }
    const { repo, input } = await readRepeat(deps, call, ['debug']);
    const isDebug = /^(1|t|true)$/i.test(named(call, 'debug'));
    return answerTrigger(call, repo, await restartBuild(triggerDepsOf(deps, repo), { ...input, isDebug }));
  });

  const deploy = async (call: DeployCall, event: 'promote' | 'rollback') => {
    const { repo, input } = await readRepeat(deps, call, ['target']);
    const target = named(call, 'target');
    if (target === '') {
      throw new AppError('invalid-request', `A ${event} needs a target.`, {
        hint: 'Name the environment to deploy to, for example target=production, in the query or in a form.',
      });
    }
    const outcome = await deployBuild(triggerDepsOf(deps, repo), { ...input, event, target });
    return answerTrigger(call, repo, outcome);
  };
  mount(promoteBuild, (call) => deploy(call, 'promote'));
  mount(rollbackBuild, (call) => deploy(call, 'rollback'));
}

function mountApprovals(mount: Mount, deps: ApproveBuildDeps): void {
  type ChoiceCall = Call<typeof approveAllStages> & { readonly params: { readonly stage?: number } };
  const choose = async (call: ChoiceCall) => {
    const { build, stage } = call.params;
    const { id } = await requireBuild(deps.db, repoOf(call), build);
    return { buildId: id, ...(stage === undefined ? {} : { stage }) };
  };
  for (const route of [approveBuild, approveAllStages]) {
    mount(route, async (call) => {
      await approveStages(deps, { ...(await choose(call)), userId: userOf(call).id });
      return undefined;
    });
  }
  for (const route of [declineBuild, declineAllStages]) {
    mount(route, async (call) => {
      await declineStages(deps, await choose(call));
      return undefined;
    });
  }
}

type DeployCall = Call<typeof promoteBuild>;
type StartCall = Call<typeof createBuild> | Call<typeof restartRoute> | DeployCall;

async function readRepeat(
  { db }: TriggerParts,
  call: Call<typeof restartRoute> | DeployCall,
  reserved: readonly string[],
) {
  const repo = repoOf(call);
  const build = await requireBuild(db, repo, call.params.build);
  const params = customParams(call, reserved);
  return { repo, input: { repo, build, login: userOf(call).login, params, within: call.noteBuild } };
}

/** A parameter that the route itself reads: the form goes first (api-v1.md 1.5). */
function named(call: StartCall, name: string): string {
  return requireText(name, call.form[name] ?? (call.query as Readonly<Record<string, string>>)[name] ?? '');
}

/** Neither PostgreSQL nor the environment of a process can hold a zero character. */
function requireText(name: string, value: string): string {
  if (!name.includes('\0') && !value.includes('\0')) return value;
  throw new AppError('invalid-request', `The parameter ${JSON.stringify(name)} holds a zero character.`, {
    hint: 'Leave it out.',
  });
}

/** All other parameters go to the build; there the query goes first. */
function customParams(call: StartCall, reserved: readonly string[]): Readonly<Record<string, string>> {
  const query = call.query as Readonly<Record<string, string>>;
  const taken = new Set(['access_token', ...reserved]);
  const custom = Object.entries({ ...call.form, ...query }).filter(([name]) => !taken.has(name));
  for (const [name, value] of custom) requireText(name, value);
  return Object.fromEntries(custom);
}
