import type { Route } from '@sortie/contract/route';
import { streamBuilds, streamLog, streamRepo } from '@sortie/contract/streams';
import type { BuildChanged } from '@sortie/core/event';
import type { Repo } from '@sortie/core/repo';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { EventHub } from '../events/hub.ts';
import type { LogStore } from '../logs/log-store.ts';
import type { Db } from '../store/db.ts';
import { lastSeq } from '../store/events.ts';
import { identifyRequest } from './admit-request.ts';
import { createSnapshots, type Snapshots } from './build-snapshots.ts';
import { createLogEvents } from './log-events.ts';
import { type Call, type Mount, type MountDeps, repoOf } from './mount.ts';
import type { OpenStreams } from './open-streams.ts';
import { formatEvent, formatPosition, type StreamOptions, sendEvents } from './sse.ts';
import { requireStep } from './step-view.ts';
import { createVisibility } from './visibility.ts';

/** A reader that was away for longer gets the newest ones only; it has to load its lists anew anyway. */
const MAX_REPLAYED_EVENTS = 1000;
/** Drone replays as much to a reader that begins in the middle. */
const MAX_REPLAYED_LINES = 5000;

export interface StreamRouteDeps extends MountDeps {
  readonly db: Db;
  readonly events: EventHub;
  readonly logs: LogStore;
  readonly streams: StreamOptions;
  readonly openStreams: OpenStreams;
}

export function mountStreamRoutes(mount: Mount, deps: StreamRouteDeps): void {
  const snapshots = createSnapshots(deps.db);
  const logEvents = createLogEvents({ logs: deps.logs, nowMs: () => performance.now() });

  mount(streamBuilds, (call) => sendBuilds(deps, snapshots, streamBuilds, call));

  mount(streamRepo, (call) => {
    const { id } = repoOf(call);
    return sendBuilds(deps, snapshots, streamRepo, call, (event) => event.repoId === id);
  });

  mount(streamLog, async (call) => {
    const { step, key } = await requireStep(deps.db, repoOf(call), call.params);
    const seen = readPosition(call.request);
    const { isClosed, lines } = await deps.logs.progress(key);
    const isLive = step.status === 'running' && !isClosed;
    if (!isLive && seen === undefined) return sendEvents(deps.streams, call.reply, noEvents);
    const fromLine = seen === undefined ? Math.max(0, lines - MAX_REPLAYED_LINES) : seen + 1;
    const canSee = visibilityOf(deps, streamLog, call);
    const mayRead = () => canSee(repoOf(call));
    const leave = deps.openStreams.enterLog(step.id);
    return sendEvents(deps.streams, call.reply, (signal) =>
      logEvents.follow(key, { fromLine, isLive, signal, mayRead }),
    ).finally(leave);
  });
}

/** The reader's rights are looked at again while the stream lives. */
function visibilityOf(
  deps: StreamRouteDeps,
  route: Route,
  { admission, request }: Pick<Call<Route>, 'admission' | 'request'>,
): (repo: Repo) => Promise<boolean> {
  return createVisibility(
    {
      db: deps.db,
      access: deps.access,
      now: deps.auth.now,
      isPrivate: deps.server.isPrivate,
      identify: () => identifyRequest(deps, route, request),
    },
    admission.caller,
  );
}

async function sendBuilds(
  deps: StreamRouteDeps,
  snapshots: Snapshots,
  route: Route,
  { admission, request, reply }: Pick<Call<Route>, 'admission' | 'request' | 'reply'>,
  filter?: (event: BuildChanged) => boolean,
): Promise<FastifyReply> {
  const newest = await lastSeq(deps.db);
  const seen = readPosition(request) ?? newest;
  const afterSeq = Math.max(Math.min(seen, newest), newest - MAX_REPLAYED_EVENTS);
  const canSee = visibilityOf(deps, route, { admission, request });
  const leave = deps.openStreams.enterBuilds();
  return sendEvents(deps.streams, reply, (signal) =>
    buildEvents({ events: deps.events, snapshots, canSee }, { afterSeq, filter, signal }),
  ).finally(leave);
}

async function* buildEvents(
  deps: {
    readonly events: EventHub;
    readonly snapshots: Snapshots;
    readonly canSee: (repo: Repo) => Promise<boolean>;
  },
  from: Parameters<EventHub['subscribe']>[0] & { readonly afterSeq: number },
): AsyncGenerator<string> {
  yield formatPosition(from.afterSeq);
  // Each message shows the build as it is now: a build of many steps would be sent over and over.
  for await (const event of deps.events.subscribe({ ...from, isNewestEnough: true })) {
    const snapshot = await deps.snapshots.find(event);
    if (snapshot === undefined || !(await deps.canSee(snapshot.repo))) continue;
    yield formatEvent(event.seq, snapshot.json);
  }
}

async function* noEvents(): AsyncGenerator<string> {
  // Nothing is live, so the stream ends at once; clients read the stored log instead.
}

/** `Last-Event-ID`; whatever is not a number counts as absent. */
function readPosition(request: FastifyRequest): number | undefined {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
