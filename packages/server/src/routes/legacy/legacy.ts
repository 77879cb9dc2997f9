import type { FastifyInstance } from 'fastify';
import type { AuthDeps } from '../../auth/tokens.ts';
import type { UserTokenDeps } from '../../auth/user-token.ts';
import { type HookRouteDeps, hookOptions } from '../hook.ts';
import type { SignInRouteDeps } from '../sign-in.ts';
import { mountLegacyAccount } from './account.ts';
import { mountLegacyAuthorize } from './authorize.ts';
import type { LegacyBuildDeps } from './builds.ts';
import { mountLegacyBuilds } from './builds.ts';
import { mountLegacyLogs } from './logs.ts';
import { addLegacyHeaders, createLegacyMount, type LegacyMountDeps } from './mount-legacy.ts';
import { mountPprofRoutes, type PprofRouteDeps } from './pprof.ts';
import { type LegacyRepoDeps, mountLegacyRepos } from './repos.ts';
import { mountLegacySecrets } from './secrets.ts';
import { type LegacySignInDeps, mountLegacySignIn } from './sign-in.ts';
import { createSockets, type SocketOptions } from './sockets.ts';
import { type LegacyStreamDeps, mountLegacyStreams } from './streams.ts';
import { mountLegacySystem } from './system.ts';
import { mountLegacyUsers } from './users.ts';

export type LegacyDeps = LegacyMountDeps &
  LegacyBuildDeps &
  LegacyRepoDeps &
  Omit<PprofRouteDeps, 'nowMs'> &
  SocketOptions &
  Omit<LegacySignInDeps, 'legacyPrefix' | 'hooks' | 'hookReading'> &
  Omit<LegacyStreamDeps, 'sockets'> & {
    readonly auth: AuthDeps & UserTokenDeps;
    readonly publicUrl: string;
    readonly signIn: SignInRouteDeps;
    readonly hookRoutes: HookRouteDeps;
    /** See `LegacySystemDeps`. */
    readonly hasPublicBadges: boolean;
    /** Told to every client in `X-DRONE-VERSION`. */
    readonly version: string;
  };

/** The whole 0.5 API (api-legacy.md), at the usual place and below its prefix. */
export function mountLegacyApi(app: FastifyInstance, deps: LegacyDeps): void {
  addLegacyHeaders(app, deps);
  const mount = createLegacyMount(deps);
  mountLegacyAccount(mount, deps.auth);
  mountLegacyUsers(mount, deps.auth);
  mountLegacyBuilds(mount, deps);
  mountLegacyLogs(mount, deps);
  mountLegacyRepos(mount, deps);
  mountLegacySecrets(mount, deps);
  mountLegacySystem(mount, deps);
  mountPprofRoutes(mount, { ...deps, nowMs: () => deps.now() * 1000 });
  const { hooks } = deps.hookRoutes;
  const { takesBytes, bodyLimit, bodyWithinMs } = hookOptions(deps.hookRoutes);
  const hookReading = { takesBytes, bodyLimit, bodyWithinMs };
  mountLegacySignIn(mount, { ...deps, hooks, hookReading, legacyPrefix: deps.prefix });
  mountLegacyAuthorize(mount, { ...deps.signIn, legacyPrefix: deps.prefix });
  mountLegacyStreams(mount, { ...deps, sockets: createSockets(app, deps) });
}
