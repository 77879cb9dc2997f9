import type { BuildEvent } from '@sortie/core/build';
import type { Status } from '@sortie/core/status';
import type { StepReason } from '@sortie/core/step';
import type { Generated } from 'kysely';
import type { Bool, Int, Text } from './column-types.ts';

export interface BuildsTable {
  id: Int;
  repo_id: Int;
  number: Int;
  parent: Int;
  status: Generated<Status>;
  error: Text;
  event: Generated<BuildEvent>;
  action: Text;
  link: Text;
  title: Text;
  message: Text;
  before: Text;
  after: Text;
  ref: Text;
  source_repo: Text;
  source: Text;
  target: Text;
  author_login: Text;
  author_name: Text;
  author_email: Text;
  author_avatar: Text;
  sender: Text;
  trigger: Text;
  params: Text;
  cron: Text;
  deploy_to: Text;
  deploy_id: Int;
  debug: Bool;
  started: Int;
  finished: Int;
  created: Int;
  updated: Int;
  version: Int;
  is_cancelling: Bool;
  sequence: Int;
  enqueued: Int;
  is_signed: Bool;
  is_verified: Bool;
  findings: Text;
  config: Text;
  /** JSON: where the commit is found when `ref` of the repository does not hold it. */
  read_from: Text;
  /** Why its stages wait, or waited, for a person. */
  approval: Text;
}

/**
 * How a stage is held: by the runner in the server (empty), offered to a runner elsewhere that has not accepted yet,
 * or accepted by an official one (`rpc`) or one of ours (`runner`).
 */
export type LeaseKind = '' | 'rpc-offer' | 'rpc' | 'runner';

export interface StagesTable {
  id: Int;
  repo_id: Int;
  build_id: Int;
  number: Int;
  attempt: Int;
  name: Text;
  kind: Text;
  type: Text;
  status: Generated<Status>;
  error: Text;
  err_ignore: Bool;
  exit_code: Int;
  machine: Text;
  os: Text;
  arch: Text;
  variant: Text;
  os_version: Text;
  limit_count: Int;
  limit_group: Text;
  throttle: Int;
  on_success: Bool;
  on_failure: Bool;
  depends_on: Text;
  labels: Text;
  started: Int;
  stopped: Int;
  created: Int;
  updated: Int;
  version: Int;
  /** Name of the runner that holds the stage; empty when nobody does. */
  lease_runner: Text;
  /** Unix milliseconds; 0 without a lease. */
  lease_expires_ms: Int;
  fence: Int;
  lease_kind: Generated<LeaseKind>;
  environment: Text;
}

export interface StepsTable {
  id: Int;
  stage_id: Int;
  number: Int;
  attempt: Int;
  name: Text;
  status: Generated<Status>;
  error: Text;
  err_ignore: Bool;
  exit_code: Int;
  /** Why the step did not succeed; empty where nobody has told. */
  reason: Generated<StepReason | ''>;
  depends_on: Text;
  image: Text;
  is_detached: Bool;
  schema: Text;
  started: Int;
  stopped: Int;
  version: Int;
}

export interface LogsTable {
  step_id: number;
  size: Int;
  lines: Int;
  is_closed: Bool;
  omitted: Int;
  file_key: string;
}

export interface OutboxTable {
  id: Int;
  kind: string;
  subject: string;
  payload: string;
  attempts: Int;
  due: number;
  created: number;
}
