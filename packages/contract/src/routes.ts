import { cancelBuild, getBuild, getBuildConfig, getLatestBuild, listBuilds } from './build-routes.ts';
import { listDeliveries } from './deliveries.ts';
import { getBuildLogs } from './logs.ts';
import { getRepo, listAllRepos } from './repos.ts';
import type { Route } from './route.ts';
import { signInWithLink, signOut } from './sessions.ts';
import { streamBuilds, streamLog, streamRepo } from './streams.ts';
import { getHealth, getOpenApi, getPipelineSchema, getReadiness, getVersion } from './system.ts';
import { createToken, deleteToken, listTokens } from './tokens.ts';
import { getCurrentUser, listUserRepos } from './users.ts';

/** Every route of the HTTP interface, in the order of its documentation. The server mounts exactly these. */
export const ROUTES: readonly Route[] = [
  getCurrentUser,
  listUserRepos,
  listTokens,
  createToken,
  deleteToken,
  listAllRepos,
  getRepo,
  listDeliveries,
  listBuilds,
  getLatestBuild,
  getBuild,
  cancelBuild,
  getBuildConfig,
  getBuildLogs,
  streamBuilds,
  streamRepo,
  streamLog,
  signInWithLink,
  signOut,
  getVersion,
  getHealth,
  getReadiness,
  getOpenApi,
  getPipelineSchema,
];
