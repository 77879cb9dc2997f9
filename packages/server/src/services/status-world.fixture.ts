import type { TestContext } from 'node:test';
import type { Repo } from '@sortie/core/repo';
import { text } from '@sortie/scm/fields';
import { ALIVE, type DriverKind, openDriver } from '@sortie/scm/rest/test-drivers';
import { aRepo } from '@sortie/testing/domain-builders';
import {
  createServiceWorld,
  type ServiceWorld,
  type ServiceWorldOptions,
} from '@sortie/testing/service-world';
import { explainBuild } from '../queue/explain-waiting.ts';
import { type Database, openDatabase } from '../store/db.ts';
import { insertRepo } from '../store/repos.ts';
import type { GitServices } from './git-service.ts';
import type { StatusRules } from './plan-statuses.ts';
import { createStatusSender, type StatusSender } from './send-statuses.ts';

export const CI = 'https://ci.example.test/ci';

/** One status as the service saw it, whatever it calls the parts. */
export interface SeenStatus {
  readonly label: string;
  readonly state: string;
  readonly text: string;
  readonly link: string;
}

export interface StatusWorld extends ServiceWorld {
  readonly repo: Repo;
  readonly warnings: readonly string[];
  /** Another sender, as a second server over the same database has it. */
  newSender(signal?: AbortSignal): StatusSender;
  /** Lets a sender work through what is due. */
  pass(): Promise<void>;
}

export interface StatusWorldOptions {
  readonly rules?: Partial<StatusRules>;
  readonly database?: Database;
  readonly repo?: Partial<Repo>;
}

/** Builds that a Git service is told of: `driver` unless it is to be the fake Gogs. */
export async function openStatusWorld(
  t: TestContext,
  driver: ServiceWorldOptions['driver'] | undefined,
  options: StatusWorldOptions = {},
): Promise<StatusWorld> {
  const database = options.database ?? (await openDatabase({ driver: 'sqlite', path: ':memory:' }));
  const world = await createServiceWorld({ database, ...(driver === undefined ? {} : { driver }) });
  t.after(() => world.close());
  const { db, now, service, broker } = world;
  const ada = await world.addMember('ada');
  if (driver !== undefined) await world.setToken(ada, ALIVE);
  const place = { connectionId: service.connection.id, uid: '41', userId: ada.id };
  const draft = aRepo({ ...place, namespace: 'acme', name: 'rocket', ...options.repo });
  const repo = await insertRepo(db, draft);
  const find = (id: number) => (id === service.connection.id ? service : undefined);
  const services: GitServices = {
    all: [service],
    find,
    require: () => service,
    byName: () => service,
  };
  const warnings: string[] = [];
  const rules = {
    isEnabled: true,
    name: 'continuous-integration/drone',
    hasPipelines: false,
    commentsOnGogs: false,
    ...options.rules,
  };
  const newSender = (signal?: AbortSignal) =>
    createStatusSender({
      ...(signal === undefined ? {} : { signal }),
      ...{ db, now, services, broker, rules, publicUrl: CI },
      explain: (stages) => explainBuild({ db, now, loadReadable: async () => () => true }, stages),
      log: {
        warn: (_fields, message) => void warnings.push(message),
        error: (_fields, message) => void warnings.push(message),
      },
      // A slow machine is no slow service.
      patienceMs: 60_000,
    });
  const sender = newSender();
  return { ...world, repo, warnings, newSender, pass: () => sender.pass() };
}

/** The same with the fake of a service that has commit statuses. */
export async function openReportingWorld(t: TestContext, kind: DriverKind, options: StatusWorldOptions = {}) {
  const open = await openDriver(kind);
  t.after(() => open.close());
  const world = await openStatusWorld(t, () => open.driver, options);
  const seen = (): readonly SeenStatus[] =>
    open.fake.state.statuses.map(({ body }) => ({
      label: text(body, 'context') || text(body, 'key') || text(body, 'name'),
      state: text(body, 'state'),
      text: text(body, 'description'),
      link: text(body, 'target_url') || text(body, 'url') || text(body, 'log_url'),
    }));
  return { ...world, fake: open.fake, seen, states: () => seen().map(({ state }) => state) };
}
