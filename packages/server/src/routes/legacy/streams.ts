import type { LegacyLogLine } from '@sortie/contract/legacy/logs';
import { legacyFeedSocket, legacyLogSocket } from '@sortie/contract/legacy/sign-in-routes';
import type { Route } from '@sortie/contract/route';
import type { Repo } from '@sortie/core/repo';
import type { FastifyRequest } from 'fastify';
import { refuseForeign } from '../../auth/cross-site.ts';
import type { Caller } from '../../auth/identify.ts';
import type { EventHub } from '../../events/hub.ts';
import type { LogStore } from '../../logs/log-store.ts';
import type { Pages } from '../../static.ts';
import { findBuild } from '../../store/builds.ts';
import type { Db } from '../../store/db.ts';
import { findStage } from '../../store/stages.ts';
import { browserRequest, identifyRequest } from '../admit-request.ts';
import { type Call, type MountDeps, repoOf } from '../mount.ts';
import { createVisibility } from '../visibility.ts';
import { legacyEvents, startFeed } from './live-feed.ts';
import { followStage } from './live-log.ts';
import { type LegacyMount, legacyNotFound } from './mount-legacy.ts';
import type { Sockets } from './sockets.ts';

export interface LegacyStreamDeps {
  readonly db: Db;
  readonly events: EventHub;
  readonly logs: LogStore;
  readonly mounting: MountDeps;
  readonly pages: Pages;
  readonly sockets: Sockets;
}

/** The WebSockets of 0.5 (api-legacy.md 3.13). Without an upgrade the paths belong to the pages. */
export function mountLegacyStreams(mount: LegacyMount, deps: LegacyStreamDeps): void {
  const { sockets, mounting, pages } = deps;
  mount(legacyFeedSocket, async ({ request, reply, admission }) => {
    if (!sockets.isUpgrade(request)) return pages.sendPage(reply);
    refuseOtherSites(mounting, request, admission.caller);
    const canSee = visibilityOf(deps, legacyFeedSocket, { request, admission });
    const start = await startFeed(deps.db, mounting.auth.now);
    return sockets.accept(request, reply, async (send, signal) => {
      for await (const event of legacyEvents({ ...deps, canSee }, start, signal)) await send(event);
    });
  });

  mount(legacyLogSocket, async (call) => {
    const { request, reply, params } = call;
    if (!sockets.isUpgrade(request)) return pages.sendPage(reply);
    refuseOtherSites(mounting, request, call.admission.caller);
    const repo = repoOf(call);
    const canSee = visibilityOf(deps, legacyLogSocket, call);
    const build = await findBuild(deps.db, repo.id, params.build);
    const stage = build && (await findStage(deps.db, build.id, params.number));
    if (stage?.status !== 'running') throw legacyNotFound();
    return sockets.accept(request, reply, (send, signal) => {
      const sendLine = async (line: LegacyLogLine) => {
        if (!(await canSee(repo))) return false;
        await send(JSON.stringify(line));
        return true;
      };
      return followStage(deps, stage, sendLine, signal);
    });
  });
}

/** The reader's rights are looked at again while the stream lives. */
function visibilityOf(
  { db, mounting }: LegacyStreamDeps,
  route: Route,
  { request, admission }: Pick<Call<Route>, 'request' | 'admission'>,
): (repo: Repo) => Promise<boolean> {
  const identify = () => identifyRequest(mounting, route, request);
  return createVisibility(
    { db, access: mounting.access, now: mounting.auth.now, isPrivate: mounting.server.isPrivate, identify },
    admission.caller,
  );
}

/** Browsers send cookies with WebSockets whichever page opens them, and let that page read. */
function refuseOtherSites(mounting: MountDeps, request: FastifyRequest, caller: Caller): void {
  const isByCookie = caller.via === 'session' || (caller.via === 'token' && caller.csrfKey !== undefined);
  if (!isByCookie || request.headers.origin === undefined) return;
  const { server, http } = mounting;
  const own = { publicUrl: server.publicUrl, corsOrigins: http.corsOrigins };
  refuseForeign(own, browserRequest(mounting, request));
}
