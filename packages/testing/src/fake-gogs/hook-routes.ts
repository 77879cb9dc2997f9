import type { FakeDeps } from './account-routes.ts';
import { bodyOf, empty, type FakeAnswer, type FakeCall, failed, invalid, ok, textOf } from './answer.ts';
import type { FakeHook, FakeRepo } from './state.ts';

/** In the fixed order of its answers. */
const KNOWN = ['create', 'delete', 'fork', 'push', 'issues', 'issue_comment', 'pull_request', 'release'];
const NEVER = '0001-01-01T00:00:00Z';

/** Checks no address, allows duplicates, cannot change a secret, and removes what is not there with success. */
export function answerHooks(
  { state }: FakeDeps,
  repo: FakeRepo,
  call: FakeCall,
  [hookId]: readonly string[],
): FakeAnswer | undefined {
  if (hookId !== undefined) return answerHook(repo, call, hookId);
  if (call.method === 'GET') return ok(repo.hooks.map(present));
  if (call.method !== 'POST') return undefined;
  const body = bodyOf(call);
  const url = textOf(body, 'config', 'url');
  const contentType = textOf(body, 'config', 'content_type');
  if (textOf(body, 'type') !== 'gogs') return invalid('Invalid hook type.');
  if (url === '') return invalid('Missing config option: url');
  if (contentType !== 'json' && contentType !== 'form') return invalid('Invalid content type.');
  const hook: FakeHook = {
    id: state.next(),
    url,
    contentType,
    secret: textOf(body, 'config', 'secret'),
    events: eventsOf(body),
    active: isActive(body) ?? false,
  };
  repo.hooks.push(hook);
  return ok(present(hook), 201);
}

function answerHook(repo: FakeRepo, call: FakeCall, hookId: string): FakeAnswer | undefined {
  if (!/^\d+$/.test(hookId)) return failed();
  const at = repo.hooks.findIndex(({ id }) => id === Number(hookId));
  const hook = repo.hooks[at];
  if (call.method === 'DELETE') {
    if (at !== -1) repo.hooks.splice(at, 1);
    return empty(204);
  }
  if (call.method !== 'PATCH') return undefined;
  if (hook === undefined) return empty(404);
  hook.events = eventsOf(bodyOf(call));
  hook.active = isActive(bodyOf(call)) ?? hook.active;
  return ok(present(hook));
}

function eventsOf(body: unknown): string[] {
  const given: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'events') : undefined;
  if (!Array.isArray(given) || given.length === 0) return ['push'];
  return KNOWN.filter((event) => given.includes(event));
}

function isActive(body: unknown): boolean | undefined {
  const given: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'active') : undefined;
  return typeof given === 'boolean' ? given : undefined;
}

function present({ id, url, contentType, events, active }: FakeHook) {
  const config = { content_type: contentType, url };
  return { id, type: 'gogs', config, events, active, updated_at: NEVER, created_at: NEVER };
}
