import { APPROVAL_REASONS, type ApprovalReason } from '@sortie/core/approval';
import type { Build, ReadFrom } from '@sortie/core/build';
import type { Selectable, Updateable } from 'kysely';
import { parseFindings, parseStringMap, toFlag, toJson } from './columns.ts';
import type { BuildsTable } from './tables-builds.ts';

type BuildRow = Selectable<BuildsTable>;

/** Every column but the large ones. */
export const BUILD_LIST_COLUMNS = [
  'id',
  'repo_id',
  'number',
  'parent',
  'status',
  'error',
  'event',
  'action',
  'link',
  'title',
  'message',
  'before',
  'after',
  'ref',
  'source_repo',
  'source',
  'target',
  'author_login',
  'author_name',
  'author_email',
  'author_avatar',
  'sender',
  'trigger',
  'params',
  'cron',
  'deploy_to',
  'deploy_id',
  'debug',
  'started',
  'finished',
  'created',
  'updated',
  'version',
  'is_cancelling',
  'sequence',
  'enqueued',
  'is_signed',
  'is_verified',
] as const satisfies readonly (keyof BuildRow)[];

/** Row to domain for rows of `BUILD_LIST_COLUMNS`: `config` and `findings` are empty. */
export function toListedBuild(row: Omit<BuildRow, 'config' | 'findings' | 'read_from' | 'approval'>): Build {
  return toBuildWith(row, '', '');
}

/** Row to domain. */
export function toBuild(row: BuildRow): Build {
  const readFrom = parseReadFrom(row.read_from);
  const approval = toApproval(row.approval);
  return {
    ...toBuildWith(row, row.config, row.findings),
    ...(readFrom === undefined ? {} : { readFrom }),
    ...(approval === undefined ? {} : { approval }),
  };
}

/** The large columns come apart, because a copy of each row of a list costs more than all that is done with it. */
function toBuildWith(
  row: Omit<BuildRow, 'config' | 'findings' | 'read_from' | 'approval'>,
  config: string,
  findings: string,
): Build {
  return {
    id: row.id,
    repoId: row.repo_id,
    number: row.number,
    parent: row.parent,
    status: row.status,
    error: row.error,
    event: row.event,
    action: row.action,
    link: row.link,
    title: row.title,
    message: row.message,
    before: row.before,
    after: row.after,
    ref: row.ref,
    sourceRepo: row.source_repo,
    source: row.source,
    target: row.target,
    authorLogin: row.author_login,
    authorName: row.author_name,
    authorEmail: row.author_email,
    authorAvatar: row.author_avatar,
    sender: row.sender,
    trigger: row.trigger,
    params: parseStringMap(row.params),
    cron: row.cron,
    deployTo: row.deploy_to,
    deployId: row.deploy_id,
    debug: row.debug === 1,
    started: row.started,
    finished: row.finished,
    created: row.created,
    updated: row.updated,
    version: row.version,
    sequence: row.sequence,
    enqueued: row.enqueued,
    isSigned: row.is_signed === 1,
    isVerified: row.is_verified === 1,
    config,
    findings: parseFindings(findings),
    isCancelling: row.is_cancelling === 1,
  };
}

/** The reason as it is stored; empty is none. */
export function toApproval(text: string): ApprovalReason | undefined {
  return APPROVAL_REASONS.find((reason) => reason === text);
}

function parseReadFrom(text: string): ReadFrom | undefined {
  if (text === '') return undefined;
  const { slug = '', httpUrl = '', ref = '' } = parseStringMap(text);
  return { slug, httpUrl, ref };
}

/** Domain to row; what the patch does not name stays `undefined`. */
export function toBuildColumns(build: Partial<Build>): Updateable<BuildsTable> {
  return {
    repo_id: build.repoId,
    parent: build.parent,
    status: build.status,
    error: build.error,
    event: build.event,
    action: build.action,
    link: build.link,
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
    trigger: build.trigger,
    params: toJson(build.params),
    cron: build.cron,
    deploy_to: build.deployTo,
    deploy_id: build.deployId,
    debug: toFlag(build.debug),
    started: build.started,
    finished: build.finished,
    created: build.created,
    updated: build.updated,
    is_cancelling: toFlag(build.isCancelling),
    enqueued: build.enqueued,
    is_signed: toFlag(build.isSigned),
    is_verified: toFlag(build.isVerified),
    findings: toJson(build.findings),
    config: build.config,
    read_from: toJson(build.readFrom),
    approval: build.approval,
  };
}
