import type { Stage } from '@sortie/core/stage';
import type { Selectable, Updateable } from 'kysely';
import { parseStringMap, parseStrings, toFlag, toJson } from './columns.ts';
import type { LeaseKind, StagesTable } from './tables-builds.ts';

/** A stage with who holds it. */
export interface LeasedStage extends Stage {
  /** Name of the holder; empty when nobody does. */
  readonly leaseRunner: string;
  /** Unix milliseconds. */
  readonly leaseExpiresMs: number;
  readonly fence: number;
  readonly leaseKind: LeaseKind;
}

/** Row to domain. */
export function toStage(row: Selectable<StagesTable>): Stage {
  return {
    id: row.id,
    repoId: row.repo_id,
    buildId: row.build_id,
    number: row.number,
    attempt: row.attempt,
    name: row.name,
    kind: row.kind,
    type: row.type,
    status: row.status,
    error: row.error,
    errIgnore: row.err_ignore === 1,
    exitCode: row.exit_code,
    machine: row.machine,
    platform: { os: row.os, arch: row.arch, variant: row.variant, version: row.os_version },
    limit: row.limit_count,
    limitGroup: row.limit_group,
    throttle: row.throttle,
    onSuccess: row.on_success === 1,
    onFailure: row.on_failure === 1,
    dependsOn: parseStrings(row.depends_on),
    labels: parseStringMap(row.labels),
    environment: parseStringMap(row.environment),
    started: row.started,
    stopped: row.stopped,
    created: row.created,
    updated: row.updated,
    version: row.version,
  };
}

/** Row to domain with the lease columns. */
export function toLeasedStage(row: Selectable<StagesTable>): LeasedStage {
  return {
    ...toStage(row),
    leaseRunner: row.lease_runner,
    leaseExpiresMs: row.lease_expires_ms,
    fence: row.fence,
    leaseKind: row.lease_kind,
  };
}

/** Domain to row; what the patch does not name stays `undefined`. */
export function toStageColumns(stage: Partial<Stage>): Updateable<StagesTable> {
  return {
    number: stage.number,
    attempt: stage.attempt,
    name: stage.name,
    kind: stage.kind,
    type: stage.type,
    status: stage.status,
    error: stage.error,
    err_ignore: toFlag(stage.errIgnore),
    exit_code: stage.exitCode,
    machine: stage.machine,
    os: stage.platform?.os,
    arch: stage.platform?.arch,
    variant: stage.platform?.variant,
    os_version: stage.platform?.version,
    limit_count: stage.limit,
    limit_group: stage.limitGroup,
    throttle: stage.throttle,
    on_success: toFlag(stage.onSuccess),
    on_failure: toFlag(stage.onFailure),
    depends_on: toJson(stage.dependsOn),
    labels: stage.labels && toLabelText(stage.labels),
    environment: toJson(stage.environment),
    started: stage.started,
    stopped: stage.stopped,
  };
}

/** Labels with sorted keys: equal maps have equal texts, so that the queue compares them in SQL. */
export function toLabelText(labels: Readonly<Record<string, string>>): string {
  const entries = Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify(Object.fromEntries(entries));
}
