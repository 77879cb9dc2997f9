import type { User } from '@sortie/sdk/types';
import { DELIVERY_PAGE, type ForkRules, type SignInEntry } from '../lib/git-service-calls.ts';
import { aUser } from './sample.ts';
import type { Scene } from './scene.ts';
import { aDelivery, unprovenHealth } from './services-scene.ts';

export interface ServiceCall {
  /** As `GET /api/user`. */
  readonly name: string;
  readonly query: URLSearchParams;
  /** The parsed body; an empty object without one. */
  readonly body: unknown;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** What the routes change: the scene, and who is signed in. */
export interface ServiceWorld {
  scene: Scene;
  user: User | null;
}

/** The routes of connected Git services; `undefined` for all others. */
export function answerService(world: ServiceWorld, call: ServiceCall): ServiceAnswer | undefined {
  if (call.name === 'GET /api/sign-in') {
    const { ways } = world.scene.services;
    return { status: 200, body: { ways, registration_open: ways.length > 0 } };
  }
  if (call.name === 'POST /login') return signIn(world, call.body as SignInEntry);
  if (world.user === null) return undefined;
  return answerAccount(world, world.user, call) ?? answerRepo(world, call);
}

function signIn(world: ServiceWorld, entry: SignInEntry): ServiceAnswer {
  if (entry.username === 'offline') {
    return problem(503, 'service-unavailable', 'Gogs does not answer at http://gogs.example.com.');
  }
  const isRight = entry.token === 'good-token' || (entry.username === 'mona' && entry.password === 'right');
  if (!isRight) return problem(401, 'sign-in-refused', 'Invalid username or password');
  if (entry.link === true) {
    const [first] = world.scene.services.identities;
    if (first !== undefined) {
      const identities = [...world.scene.services.identities, { ...first, id: 9, login: 'lisa', note: '' }];
      change(world, { identities });
    }
  }
  world.user ??= aUser();
  return { status: 200, body: { user: world.user, next: entry.next || '/', is_new: false } };
}

function answerAccount(world: ServiceWorld, user: User, { name }: ServiceCall): ServiceAnswer | undefined {
  const { services } = world.scene;
  if (name === 'GET /api/user/identities') return { status: 200, body: services.identities };
  if (name.startsWith('DELETE /api/user/identities/')) {
    if (services.identities.length === 1) {
      return problem(409, 'last-identity', 'The account would be left without a way to sign in.');
    }
    const id = Number(name.split('/').at(-1));
    change(world, { identities: services.identities.filter((identity) => identity.id !== id) });
    return { status: 204 };
  }
  if (name !== 'POST /api/user/repos') return undefined;
  const { sync_error: _, ...rest } = user;
  world.user = {
    ...rest,
    synced: 1_700_000_100,
    ...(services.syncError === '' ? {} : { sync_error: services.syncError }),
  };
  return { status: 204 };
}

function answerRepo(world: ServiceWorld, { name, query, body }: ServiceCall): ServiceAnswer | undefined {
  const found = /^(\w+) \/api\/repos\/([^/]+\/[^/]+)(\/.+)?$/.exec(name);
  const [, method = '', slug = '', rest = ''] = found ?? [];
  const repo = world.scene.repos.find((each) => each.slug === slug);
  if (repo === undefined) return undefined;
  const { services } = world.scene;
  const health = services.health.get(slug) ?? { ...unprovenHealth, state: 'ok' as const, checks: [] };
  const update = (fields: object) => {
    const changed = { ...repo, ...fields, version: repo.version + 1 };
    const repos = world.scene.repos.map((each) => (each.id === repo.id ? changed : each));
    world.scene = { ...world.scene, repos };
    return { status: 200, body: { ...changed, health } };
  };
  if (method === 'GET' && rest === '/health') return { status: 200, body: health };
  if (method === 'PATCH' && rest === '') return update(body as ForkRules);
  if (method === 'POST' && rest === '') return update({ active: true });
  if (method === 'POST' && rest === '/reconcile') {
    const healed = { ...health, checks: health.checks.filter((check) => check.name !== 'refs'), missed: [] };
    change(world, { health: new Map(services.health).set(slug, healed) });
    return { status: 200, body: { dry_run: false, first_look: false, missed: [] } };
  }
  if (method === 'GET' && rest === '/deliveries') {
    const start = (Number(query.get('page')) - 1) * DELIVERY_PAGE;
    return { status: 200, body: services.deliveries.slice(start, start + DELIVERY_PAGE) };
  }
  const id = /^\/deliveries\/(\d+)\/redeliver$/.exec(rest)?.[1];
  return id === undefined ? undefined : redeliver(world, Number(id));
}

function redeliver(world: ServiceWorld, first: number): ServiceAnswer {
  const { deliveries } = world.scene.services;
  const known = deliveries.find(({ id }) => id === first);
  if (known?.verdict === 'skipped') {
    return problem(422, 'event-ignored', 'Nothing can follow from this delivery.');
  }
  const id = (deliveries[0]?.id ?? 0) + 1;
  const created = Math.floor(Date.now() / 1000);
  const again = aDelivery({ ...known, id, build_number: 43, redelivery_of: first, created });
  change(world, { deliveries: [again, ...deliveries] });
  return { status: 200, body: again };
}

function change(world: ServiceWorld, fields: Partial<Scene['services']>): void {
  world.scene = { ...world.scene, services: { ...world.scene.services, ...fields } };
}

function problem(status: number, errorCode: string, message: string): ServiceAnswer {
  return { status, body: { code: status, status, error_code: errorCode, message } };
}
