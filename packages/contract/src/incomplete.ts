import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import { STATUSES } from '@sortie/core/status';
import { type Static, Type } from 'typebox';
import { WireRepos } from './repos.ts';
import { defineRoute } from './route.ts';

/** An open stage with what it belongs to (api-v1.md 2.13). The limits are texts: clients fail on numbers there. */
export const WireOpenStage = Type.Object(
  {
    repo_namespace: Type.String(),
    repo_name: Type.String(),
    repo_slug: Type.String(),
    build_number: Type.Integer(),
    build_author: Type.String(),
    build_author_name: Type.String(),
    build_author_email: Type.String(),
    build_author_avatar: Type.String(),
    build_sender: Type.String(),
    build_started: Type.Integer(),
    build_finished: Type.Integer(),
    build_created: Type.Integer(),
    build_updated: Type.Integer(),
    stage_name: Type.String(),
    stage_kind: Type.String(),
    stage_type: Type.String(),
    stage_status: Type.Enum([...STATUSES]),
    stage_machine: Type.String(),
    stage_os: Type.String(),
    stage_arch: Type.String(),
    stage_variant: Type.String(),
    stage_kernel: Type.String(),
    stage_limit: Type.String({ description: 'A number as text; "0" = unlimited' }),
    stage_limit_repo: Type.String({ description: 'A number as text; "0" = unlimited' }),
    stage_started: Type.Integer(),
    stage_stopped: Type.Integer(),
  },
  { title: 'RepoBuildStage' },
);
export type WireOpenStage = Static<typeof WireOpenStage>;

export const listIncompleteBuilds = defineRoute({
  id: 'listIncompleteBuilds',
  method: 'GET',
  path: '/api/builds/incomplete',
  access: 'admin',
  scope: 'builds:read',
  summary: 'The 50 newest builds with a pending or running stage, each as a repository with its `build`',
  reply: WireRepos,
  hasEtag: true,
});

export const listIncompleteBuildsV2 = defineRoute({
  id: 'listIncompleteBuildsV2',
  method: 'GET',
  path: '/api/builds/incomplete/v2',
  access: 'admin',
  scope: 'builds:read',
  summary: 'Every pending or running stage with its build and repository, newest build first',
  reply: Type.Array(WireOpenStage),
  hasEtag: true,
});

/** `repo`, `build` and `stage` belong together. */
export function toWireOpenStage(open: {
  readonly repo: Pick<Repo, 'namespace' | 'name' | 'slug'>;
  readonly build: Build;
  readonly stage: Stage;
}): WireOpenStage {
  const { repo, build, stage } = open;
  return {
    repo_namespace: repo.namespace,
    repo_name: repo.name,
    repo_slug: repo.slug,
    build_number: build.number,
    build_author: build.authorLogin,
    build_author_name: build.authorName,
    build_author_email: build.authorEmail,
    build_author_avatar: build.authorAvatar,
    build_sender: build.sender,
    build_started: build.started,
    build_finished: build.finished,
    build_created: build.created,
    build_updated: build.updated,
    stage_name: stage.name,
    stage_kind: stage.kind,
    stage_type: stage.type,
    stage_status: stage.status,
    stage_machine: stage.machine,
    stage_os: stage.platform.os,
    stage_arch: stage.platform.arch,
    stage_variant: stage.platform.variant,
    stage_kernel: stage.platform.version,
    stage_limit: String(stage.limit),
    stage_limit_repo: String(stage.throttle),
    stage_started: stage.started,
    stage_stopped: stage.stopped,
  };
}
