import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Build } from '@sortie/core/build';
import type { Delivery } from '@sortie/core/delivery';
import type { Repo } from '@sortie/core/repo';
import type { User } from '@sortie/core/user';
import { aRepo, TEST_KEY } from '@sortie/testing/domain-builders';
import {
  createServiceWorld,
  type ServiceWorld,
  type ServiceWorldOptions,
} from '@sortie/testing/service-world';
import { createSealer } from '../seal/sealer.ts';
import { ensureRepoKeys, openRepoSigner } from '../services/repo-keys.ts';
import { findBuildById, listBuilds } from '../store/builds.ts';
import { listDeliveries } from '../store/deliveries.ts';
import { insertRepo } from '../store/repos.ts';

export const PIPELINE =
  'kind: pipeline\nname: default\nsteps:\n- name: test\n  image: alpine\n  commands: [true]\n';
const EVENTS = ['push', 'create', 'delete', 'pull_request', 'release', 'issues', 'issue_comment', 'fork'];

type Answer = Awaited<ReturnType<ServiceWorld['app']['inject']>>;

/** A repository `ada/demo` of a fake Gogs whose hook leads to this server. */
export interface HookWorld extends ServiceWorld {
  readonly ada: User;
  readonly repo: Repo;
  readonly signer: string;
  /** A further repository of ada with a hook. */
  addHooked(name: string, patch?: Partial<Repo>): Promise<{ readonly repo: Repo; readonly signer: string }>;
  /** Posts a body with a right signature; headers given as undefined are left out. */
  post(event: string, body: unknown, change?: PostChange): Promise<Answer>;
  /** The payload of a push of `sha` to `main`, as Gogs sends it. */
  pushOf(sha: string, patch?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  builds(): Promise<readonly Build[]>;
  /** Newest first. */
  deliveries(): Promise<readonly Delivery[]>;
}

export interface PostChange {
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly secret?: string;
  readonly url?: string;
}

type Cleanup = { after(work: () => Promise<void>): void };

/** Opens it, with answers that wait for their builds however long these take. */
export async function openHookWorld(
  t: Cleanup,
  options: ServiceWorldOptions & { readonly repo?: Partial<Repo> } = {},
): Promise<HookWorld> {
  const world = await createServiceWorld({
    ...options,
    app: { hookWaitMs: 120_000, ...options.app },
  });
  t.after(() => world.close());
  const ada = await world.addMember('ada');
  const keys = { db: world.db, sealer: createSealer([TEST_KEY]) };
  const { connection } = world.service;
  const addHooked: HookWorld['addHooked'] = async (name, patch = {}) => {
    const slug = `ada/${name}`;
    const fake = world.gogs.addRepo(slug);
    const place = { connectionId: connection.id, uid: String(fake.id), namespace: 'ada', name };
    const links = { httpUrl: `${world.gogs.url}${slug}.git`, link: `${world.gogs.url}${slug}` };
    const repo = await insertRepo(world.db, aRepo({ ...place, ...links, userId: ada.id, ...patch }));
    await ensureRepoKeys(keys, repo.id);
    const signer = await openRepoSigner(keys, repo.id);
    const target = { url: `${world.url}/hook`, contentType: 'json', events: EVENTS, active: true };
    fake.hooks.push({ id: repo.id, secret: signer, ...target });
    return { repo, signer };
  };
  const { repo, signer } = await addHooked('demo', options.repo);
  return {
    ...world,
    ...{ ada, repo, signer, addHooked },
    post: (event, body, change = {}) => {
      const payload = toBytes(body);
      const headers = { ...signedHeaders(event, payload, change.secret ?? signer), ...change.headers };
      return world.app.inject({
        method: 'POST',
        url: change.url ?? '/hook',
        headers: Object.fromEntries(
          Object.entries(headers).filter(([, value]) => value !== undefined),
        ) as Record<string, string>,
        payload,
      });
    },
    pushOf: (sha, patch = {}) => ({
      ref: 'refs/heads/main',
      before: '1'.repeat(40),
      after: sha,
      compare_url: '',
      commits: [
        {
          id: sha,
          message: 'Add a feature\n',
          author: { name: 'Ada Example', email: 'ada@example.test', username: 'ada' },
          committer: { name: 'Ada Example', email: 'ada@example.test', username: 'ada' },
          timestamp: '2026-03-04T05:06:07Z',
        },
      ],
      repository: {
        id: Number(repo.uid),
        name: 'demo',
        full_name: 'ada/demo',
        html_url: repo.link,
        clone_url: repo.httpUrl,
        default_branch: 'main',
        private: false,
        owner: { id: 1, login: 'ada', username: 'ada' },
      },
      pusher: { id: 1, login: 'ada', username: 'ada' },
      sender: { id: 1, login: 'ada', username: 'ada' },
      ...patch,
    }),
    async builds() {
      const listed = await listBuilds(world.db, repo.id, { limit: 100, offset: 0 });
      return (await Promise.all(listed.map(({ id }) => findBuildById(world.db, id)))).filter(
        (build) => build !== undefined,
      );
    },
    deliveries: () => listDeliveries(world.db, repo.id, { limit: 500 }),
  };
}

/** The headers of a Gogs webhook under a new id. */
export function signedHeaders(event: string, body: Uint8Array, secret: string): Record<string, string> {
  const id = randomUUID();
  return {
    'content-type': 'application/json',
    'x-gogs-event': event,
    'x-gogs-delivery': id,
    'x-github-event': event,
    'x-github-delivery': id,
    'x-gogs-signature': createHmac('sha256', secret).update(body).digest('hex'),
  };
}

/** Bytes stay, text is not quoted, everything else becomes JSON. */
export function toBytes(body: unknown): Buffer {
  if (body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
}

/** A webhook recorded from a real Gogs, as its body. */
export function recordedBody(name: string): Record<string, unknown> {
  const file = new URL(`../../../../fixtures/gogs/webhooks/${name}.json`, import.meta.url);
  const { body } = JSON.parse(readFileSync(file, 'utf8')) as { readonly body: string };
  return JSON.parse(body) as Record<string, unknown>;
}
