import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import { type IndexKind, upsertIndexEntry } from '../store/branch-index.ts';
import { insertBuild, type NewBuild } from '../store/builds.ts';
import { type Db, inTransaction, type Tx } from '../store/db.ts';
import { appendEvent } from '../store/events.ts';
import { insertStages, type StageDraft } from '../store/stages.ts';
import { insertStatusIntent, insertWebhookIntent } from './build-intents.ts';
import { requireModestBuild } from './build-size.ts';

/** What the trigger knows of a build; number, status and times come with its creation. */
export type BuildDraft = Omit<
  NewBuild,
  'repoId' | 'status' | 'error' | 'started' | 'finished' | 'created' | 'updated' | 'enqueued' | 'isCancelling'
>;

export interface CreateBuildDeps {
  readonly db: Db;
  readonly events: { publish(): void };
  /** Wakes the queue: stages may be due. */
  readonly wake: () => void;
  /** Unix seconds. */
  readonly now: () => number;
}

export interface CreateBuildInput {
  readonly repo: Repo;
  readonly draft: BuildDraft;
  /** The stages with their first status, or why there are none: the build is then an error at birth. */
  readonly stages: readonly StageDraft[] | { readonly error: string };
  /** Runs in the same transaction, for what must exist together with the build, such as a delivery's verdict. */
  readonly within?: (tx: Tx, build: Build) => Promise<void>;
}

/** Titles, messages and authors are cut there, as in Drone (api-v1.md 2.4). */
const MAX_TEXT = 2_000;

/**
 * Takes the next number and writes build, stages, listing entry, event and outbox intents at once. Throws
 * `invalid-request` for a build that carries too much.
 */
export async function createBuild(deps: CreateBuildDeps, input: CreateBuildInput): Promise<Build> {
  requireModestBuild(input.draft);
  const now = deps.now();
  const build = await inTransaction(deps.db, async (tx) => {
    const created = await insertBuild(tx, toNewBuild(input, now));
    if (!('error' in input.stages)) await insertStages(tx, created, input.stages);
    const key = indexKeyOf(created);
    if (key !== undefined)
      await upsertIndexEntry(tx, { repoId: created.repoId, buildId: created.id, ...key });
    await insertStatusIntent(tx, created, now);
    await insertWebhookIntent(tx, created, 'created', now);
    await input.within?.(tx, created);
    const event = { repoId: created.repoId, buildId: created.id, change: 'created', created: now } as const;
    return { ...created, sequence: await appendEvent(tx, event) };
  });
  deps.events.publish();
  deps.wake();
  return build;
}

function toNewBuild({ repo, draft, stages }: CreateBuildInput, now: number): NewBuild {
  const failed = 'error' in stages;
  return {
    ...draft,
    title: cut(draft.title),
    message: cut(draft.message),
    authorName: cut(draft.authorName),
    authorEmail: cut(draft.authorEmail),
    repoId: repo.id,
    status: failed ? 'error' : 'pending',
    error: failed ? stages.error : '',
    started: failed ? now : 0,
    finished: failed ? now : 0,
    created: now,
    updated: now,
    enqueued: now,
    isCancelling: false,
  };
}

/** Cuts between characters, never inside one. */
function cut(text: string): string {
  return text.length <= MAX_TEXT ? text : [...text].slice(0, MAX_TEXT).join('');
}

/** Under which key the build is the latest one (api-v1.md 3.4); some events have none. */
function indexKeyOf(build: Build): { kind: IndexKind; key: string } | undefined {
  if (build.event === 'push') return { kind: 'branch', key: build.target };
  if (build.event === 'promote' || build.event === 'rollback') {
    return { kind: 'deployment', key: build.deployTo };
  }
  const pull = build.event === 'pull_request' ? /\d+/.exec(build.ref)?.[0] : undefined;
  return pull === undefined ? undefined : { kind: 'pull', key: pull };
}
