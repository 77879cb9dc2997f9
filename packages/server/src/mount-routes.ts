import type { AppDeps } from './app-deps.ts';
import { reportTo, type triggerParts } from './app-parts.ts';
import type { AccessSource } from './auth/admit.ts';
import type { IdentifyDeps } from './auth/identify.ts';
import { mountAuditRoutes } from './routes/audit.ts';
import type { Background } from './routes/background.ts';
import { mountBadgeRoutes } from './routes/badges.ts';
import { mountBuildActionRoutes } from './routes/build-actions.ts';
import { mountBuildListingRoutes } from './routes/build-listings.ts';
import { mountBuildSummaryRoutes } from './routes/build-summary.ts';
import { mountBuildRoutes } from './routes/builds.ts';
import { mountBulkRoutes } from './routes/bulk.ts';
import { mountCardRoutes } from './routes/cards.ts';
import { mountCollaboratorRoutes } from './routes/collaborators.ts';
import { mountCronRoutes } from './routes/crons.ts';
import { mountIncompleteRoutes } from './routes/incomplete.ts';
import { mountLinkRoutes } from './routes/links.ts';
import { mountLogRoutes } from './routes/logs.ts';
import type { Mount } from './routes/mount.ts';
import { mountNodeRoutes } from './routes/nodes.ts';
import { mountOrgSecretRoutes } from './routes/org-secrets.ts';
import { mountPurgeRoutes } from './routes/purge.ts';
import { mountQueueRoutes } from './routes/queue.ts';
import { mountReferenceRoutes } from './routes/reference.ts';
import { mountRepoHealthRoutes } from './routes/repo-health.ts';
import { mountRepoSettingRoutes } from './routes/repo-settings.ts';
import { mountRepoRoutes } from './routes/repos.ts';
import { mountRunnerTokenRoutes } from './routes/runner-tokens.ts';
import { mountSecretRoutes } from './routes/secrets.ts';
import { mountSigningRoutes } from './routes/signing.ts';
import { mountSystemRoutes } from './routes/system.ts';
import { mountTemplateRoutes } from './routes/templates.ts';
import { mountTokenRoutes } from './routes/tokens.ts';
import { mountUserAdminRoutes } from './routes/user-admin.ts';
import { mountUserRepoRoutes } from './routes/user-repos.ts';
import { mountUserRoutes } from './routes/users.ts';
import type { RepoSync } from './services/sync-repos.ts';
import { zoneOffset } from './services/time-zone.ts';

/** What the routes of one resource each need besides. */
export interface RouteParts {
  readonly deps: AppDeps;
  readonly auth: IdentifyDeps;
  readonly access: AccessSource | undefined;
  readonly repoSync: RepoSync;
  readonly background: Background;
  readonly triggers: ReturnType<typeof triggerParts>;
  /** Aborted when the server stops. */
  readonly closing: AbortSignal;
}

/** Routes that answer from the database and the Git services; those that hold connections open are not among them. */
export function mountResources(mount: Mount, parts: RouteParts): void {
  mountAccounts(mount, parts);
  mountRepos(mount, parts);
  mountBuilds(mount, parts);
  mountRunners(mount, parts);
  mountSettings(mount, parts);
  const { version, config, db } = parts.deps;
  const { publicUrl } = config.server;
  mountReferenceRoutes(mount, { version: version.version, publicUrl });
  mountSystemRoutes(mount, { db, version, publicUrl });
}

function mountAccounts(mount: Mount, { deps, auth, repoSync, background }: RouteParts): void {
  mountUserRoutes(mount, auth);
  mountUserAdminRoutes(mount, auth);
  mountTokenRoutes(mount, auth);
  mountAuditRoutes(mount, deps);
  mountUserRepoRoutes(mount, { ...deps, repoSync, background });
}

function mountRepos(mount: Mount, { deps, triggers }: RouteParts): void {
  const { publicUrl, hasPublicBadges: arePublic } = deps.config.server;
  const pollSeconds = Math.ceil(deps.config.services.pollMs / 1000);
  mountRepoRoutes(mount, { ...deps, pollSeconds, reportFailure: reportTo(deps) });
  mountRepoSettingRoutes(mount, deps);
  mountCollaboratorRoutes(mount, deps);
  mountRepoHealthRoutes(mount, { ...triggers, pollSeconds });
  mountBadgeRoutes(mount, { ...deps, publicUrl, arePublic });
  mountLinkRoutes(mount, { db: deps.db, publicUrl });
}

function mountBuilds(mount: Mount, { deps, triggers, closing }: RouteParts): void {
  mountBuildRoutes(mount, { ...deps, closing });
  mountBuildActionRoutes(mount, triggers);
  mountCronRoutes(mount, { ...triggers, offsetAt: zoneOffset(deps.config.cron.timeZone) });
  mountLogRoutes(mount, deps);
  mountBuildSummaryRoutes(mount, deps);
  mountBuildListingRoutes(mount, deps);
  mountIncompleteRoutes(mount, deps);
  mountPurgeRoutes(mount, deps);
  mountCardRoutes(mount, deps);
}

function mountRunners(mount: Mount, { deps }: RouteParts): void {
  mountQueueRoutes(mount, deps);
  mountNodeRoutes(mount, deps);
  mountRunnerTokenRoutes(mount, deps);
}

/** What pipelines are given: secrets, templates, signatures. */
function mountSettings(mount: Mount, { deps, access }: RouteParts): void {
  mountBulkRoutes(mount, { ...deps, access, reportFailure: reportTo(deps) });
  mountSecretRoutes(mount, deps);
  mountOrgSecretRoutes(mount, deps);
  mountTemplateRoutes(mount, { ...deps, access });
  mountSigningRoutes(mount, deps);
}
