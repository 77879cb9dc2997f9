import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Route } from '@sortie/contract/route';
import { ROUTES } from '@sortie/contract/routes';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import { upsertMembership } from '../store/memberships.ts';
import { EXPECTED, ROLES, type Role } from './role-matrix.fixture.ts';

/** A name that belongs to nobody else, so that owner and organisation can be told apart. */
const NAMESPACE = 'acme';

describe('the role matrix', () => {
  test('has a row for every route, and no other', () => {
    assert.deepEqual(Object.keys(EXPECTED).sort(), ROUTES.map(({ id }) => id).sort());
  });

  test('reading changes nothing, so all such routes are asked of one server', async (t) => {
    const world = await createHttpWorld({ app: { streamLifetimeMs: 1 } });
    t.after(() => world.close());
    const people = await addPeople(world);
    for (const route of ROUTES.filter(({ method }) => method === 'GET')) await check(world, route, people);
  });

  for (const route of ROUTES.filter(({ method }) => method !== 'GET')) {
    test(`${route.method} ${route.path}: ${describeRow(EXPECTED[route.id] ?? [])}`, async (t) => {
      const world = await createHttpWorld();
      t.after(() => world.close());
      await check(world, route, await addPeople(world));
    });
  }
});

async function check(world: HttpWorld, route: Route, people: Readonly<Record<Role, Headers>>): Promise<void> {
  const seen: Record<string, string> = {};
  for (const role of ROLES) seen[role] = await outcomeOf(world, route, people[role]);
  const expected = ROLES.map((role, index) => [role, String(EXPECTED[route.id]?.[index])]);
  assert.deepEqual(seen, Object.fromEntries(expected), `${route.method} ${route.path}`);
}

type Headers = Readonly<Record<string, string>>;

async function addPeople(world: HttpWorld): Promise<Readonly<Record<Role, Headers>>> {
  // Somebody else is the last administrator, so that administrators may do everything to each other.
  await world.addUser({ login: 'root', isAdmin: true });
  const { repo } = await world.start(undefined, { repo: { namespace: NAMESPACE, name: 'hello' } });
  const none = { read: false, write: false, admin: false };
  const person = async (login: string, rights: Partial<typeof none> | undefined, patch = {}) => {
    const user = await world.addUser({ login, ...patch });
    if (rights !== undefined) await world.grant(user, repo, { ...none, ...rights });
    return user;
  };
  const member = await person('reader', { read: true });
  await upsertMembership(world.db, { userId: member.id, namespace: NAMESPACE, role: 'member', synced: 0 });
  const owner = await person('owner', { read: true, write: true, admin: true });
  await upsertMembership(world.db, { userId: owner.id, namespace: NAMESPACE, role: 'admin', synced: 0 });
  return {
    nobody: {},
    stranger: await world.bearer(await person('stranger', undefined)),
    machine: await world.bearer(await person('robot', undefined, { isMachine: true })),
    reader: await world.bearer(member),
    writer: await world.bearer(await person('writer', { read: true, write: true })),
    admin: await world.bearer(owner),
    administrator: await world.bearer(await person('boss', undefined, { isAdmin: true })),
  };
}

/** `in`, or the status and code of the refusal. */
async function outcomeOf(world: HttpWorld, route: Route, headers: Headers): Promise<string> {
  const url = route.path
    .replace(':owner', NAMESPACE)
    .replace(':namespace', NAMESPACE)
    .replace(':name', 'hello')
    .replace(/:(build|stage|step|token|delivery|pull)\b/g, '1')
    .replace(/:\w+/g, 'something')
    .replace('*', 'something');
  const answer = await world.app.inject({
    method: route.method,
    url,
    headers,
    ...(route.body === undefined ? {} : { payload: {} }),
  });
  if (![401, 403, 404].includes(answer.statusCode)) return 'in';
  if (!String(answer.headers['content-type']).includes('problem+json')) return 'in';
  const { error_code: code, hint = '' } = answer.json<{ error_code: string; hint?: string }>();
  const isHidden = code === 'not-found' && hint.startsWith('The repository does not exist');
  const isRefusal = ['unauthorized', 'forbidden', 'not-a-member'].includes(code);
  return isHidden || isRefusal ? String(answer.statusCode) : 'in';
}

function describeRow(expected: readonly ('in' | number)[]): string {
  return ROLES.map((role, index) => `${role} ${expected[index]}`).join(', ');
}
