import { type Build, EVENTS } from '@sortie/core/build';
import { STATUSES } from '@sortie/core/status';
import { type Static, Type } from 'typebox';
import { LEGACY_BUILD_MEMBERS, legacyBuildMembers } from './legacy/superset.ts';
import { type StageWithSteps, toWireStage, WireStage } from './stages.ts';

/** A build on the wire (api-v1.md 2.4); `stages` only in single builds and in events. */
export const WireBuild = Type.Object(
  {
    id: Type.Integer(),
    repo_id: Type.Integer(),
    trigger: Type.String({ description: '`@hook`, `@cron`, or the login of the person' }),
    number: Type.Integer(),
    parent: Type.Optional(Type.Integer({ description: 'Number of the restarted or promoted build' })),
    status: Type.Enum([...STATUSES]),
    error: Type.Optional(Type.String()),
    event: Type.Enum([...EVENTS]),
    action: Type.String(),
    link: Type.String(),
    timestamp: Type.Integer({ description: 'Always 0, as in Drone' }),
    title: Type.Optional(Type.String()),
    message: Type.String(),
    before: Type.String(),
    after: Type.String(),
    ref: Type.String(),
    source_repo: Type.String(),
    source: Type.String(),
    target: Type.String(),
    author_login: Type.String(),
    author_name: Type.String(),
    author_email: Type.String(),
    author_avatar: Type.String(),
    sender: Type.String(),
    params: Type.Optional(Type.Record(Type.String(), Type.String())),
    cron: Type.Optional(Type.String()),
    deploy_to: Type.Optional(Type.String()),
    deploy_id: Type.Optional(Type.Integer()),
    debug: Type.Optional(Type.Boolean()),
    cancelling: Type.Optional(
      Type.Boolean({ description: 'True until every runner has confirmed a cancel' }),
    ),
    sequence: Type.Integer({
      description: 'Number of the newest event about the build; grows with every change, see `until`',
    }),
    started: Type.Integer(),
    finished: Type.Integer(),
    created: Type.Integer(),
    updated: Type.Integer(),
    version: Type.Integer(),
    stages: Type.Optional(Type.Array(WireStage)),
    ...LEGACY_BUILD_MEMBERS,
  },
  { title: 'Build' },
);
export type WireBuild = Static<typeof WireBuild>;

/** `stages` are given where the answer carries them; lists leave them out. */
export function toWireBuild(build: Build, stages?: readonly StageWithSteps[]): WireBuild {
  return {
    id: build.id,
    repo_id: build.repoId,
    trigger: build.trigger,
    number: build.number,
    parent: build.parent,
    status: build.status,
    error: build.error || undefined,
    event: build.event,
    action: build.action,
    link: build.link,
    timestamp: 0,
    title: build.title,
    message: build.message,
    before: build.before,
    after: build.after,
    ref: build.ref,
    source_repo: build.sourceRepo,
    source: build.source,
    target: build.target,
    author_login: build.authorLogin,
    author_name: build.authorName,
    author_email: build.authorEmail,
    author_avatar: build.authorAvatar,
    sender: build.sender,
    params: Object.keys(build.params).length === 0 ? undefined : { ...build.params },
    cron: build.cron || undefined,
    deploy_to: build.deployTo,
    deploy_id: build.deployId || undefined,
    debug: build.debug || undefined,
    cancelling: build.isCancelling || undefined,
    sequence: build.sequence,
    started: build.started,
    finished: build.finished,
    created: build.created,
    updated: build.updated,
    version: build.version,
    stages: stages === undefined || stages.length === 0 ? undefined : stages.map(toWireStage),
    ...legacyBuildMembers(build, stages),
  };
}
