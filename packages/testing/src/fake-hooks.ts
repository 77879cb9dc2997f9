import type { FakeForgeHook, FakeForgeRepo, FakeForgeState } from './fake-forge-state.ts';
import type { FakeCall, FakeReply, FakeRoute } from './fake-service.ts';

/** What a fake answers about one repository; `groups` are what the path's pattern has caught. */
export type RepoReply = (repo: FakeForgeRepo, call: FakeCall, ...groups: string[]) => FakeReply;

/** Makes a route below the repositories. */
export type InRepo = (method: string, path: string, reply: RepoReply) => FakeRoute;

export interface HookTraits {
  /** Below a repository: `/hooks` or `/webhooks`. */
  readonly path: string;
  /** Of one hook, as a pattern with one group. */
  readonly id: string;
  /** The id in the path that means this hook. */
  readonly idOf: (hook: FakeForgeHook) => string;
  readonly shown: (hook: FakeForgeHook) => unknown;
  readonly list: (rows: readonly unknown[], call: FakeCall) => FakeReply;
  readonly change: 'PUT' | 'PATCH';
  /** Whether a change leaves what it does not name. */
  readonly isMerged: boolean;
  /** Whether a change leaves the secret as it is, and says nothing of it. */
  readonly keepsSecret?: boolean;
  readonly missing: FakeReply;
  /** What the service answers instead of doing it; `undefined` lets it be done. Only administrators get so far. */
  readonly refuses?: (call: FakeCall) => FakeReply | undefined;
  readonly forbidden: FakeReply;
}

/** The hooks of a repository: list, create, change, remove. They are kept in the state, and only its administrator may. */
export function hookRoutes(state: FakeForgeState, inRepo: InRepo, traits: HookTraits): FakeRoute[] {
  const { path, missing, shown } = traits;
  const one = `${path}/${traits.id}`;
  const find = (repo: FakeForgeRepo, id: string) => repo.hooks.find((hook) => traits.idOf(hook) === id);
  const route = (method: string, at: string, reply: RepoReply) =>
    inRepo(method, at, (repo, call, ...groups) =>
      repo.access === 'admin' ? (traits.refuses?.(call) ?? reply(repo, call, ...groups)) : traits.forbidden,
    );
  return [
    route('GET', path, (repo, call) => traits.list(repo.hooks.map(shown), call)),
    route('POST', path, (repo, { json }) => {
      const hook = { id: state.nextHook++, body: { ...(json as object) } };
      repo.hooks.push(hook);
      return { status: 201, json: shown(hook) };
    }),
    route(traits.change, one, (repo, { json }, id = '') => {
      const hook = find(repo, id);
      if (hook === undefined) return missing;
      const changed = { ...(traits.isMerged ? hook.body : {}), ...(json as object) };
      hook.body = traits.keepsSecret === true ? withSecretOf(hook.body, changed) : changed;
      return { json: shown(hook) };
    }),
    route('DELETE', one, (repo, _, id = '') => {
      const hook = find(repo, id);
      if (hook === undefined) return missing;
      repo.hooks.splice(repo.hooks.indexOf(hook), 1);
      return { status: 204 };
    }),
  ];
}

function withSecretOf(
  old: Readonly<Record<string, unknown>>,
  changed: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const { secret } = old.config as { readonly secret: unknown };
  return { ...changed, config: { ...(changed.config as object), secret } };
}
