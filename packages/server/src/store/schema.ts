import type { BuildEvent } from '@sortie/core/build';
import type { ConnectionKind } from '@sortie/core/connection';
import type { Verdict } from '@sortie/core/delivery';
import type { ErrorCode } from '@sortie/core/errors';
import type { BuildChange } from '@sortie/core/event';
import type { Visibility } from '@sortie/core/repo';
import type { Status } from '@sortie/core/status';
import type { Generated } from 'kysely';

/** 0 or 1: both databases store booleans as integers. */
export type Flag = 0 | 1;
/** A column with a default, so that an insert may leave it out. */
type Text = Generated<string>;
type Int = Generated<number>;
type Bool = Generated<Flag>;

/** The tables as Kysely sees them. Times are unix seconds unless the name ends in `_ms`; JSON is text. */
export interface Schema {
  migrations: { number: number; name: string; applied: number };
  meta: { key: string; value: string };
  connections: { id: Int; kind: ConnectionKind; name: string; url: Text };
  users: UsersTable;
  repos: ReposTable;
  permissions: PermissionsTable;
  builds: BuildsTable;
  stages: StagesTable;
  steps: StepsTable;
  branch_index: { repo_id: number; kind: string; key: string; build_id: number };
  tokens: TokensTable;
  sessions: SessionsTable;
  sign_in_links: SignInLinksTable;
  deliveries: DeliveriesTable;
  events: { seq: Int; repo_id: number; build_id: number; change: BuildChange; created: number };
  outbox: OutboxTable;
  runners: RunnersTable;
  logs: LogsTable;
  git_refs: { repo_id: number; ref: string; sha: string };
  templates: TemplatesTable;
}

export interface UsersTable {
  id: Int;
  connection_id: Int;
  uid: Text;
  login: Text;
  email: Text;
  avatar: Text;
  is_machine: Bool;
  is_admin: Bool;
  is_active: Bool;
  is_syncing: Bool;
  synced: Int;
  created: Int;
  updated: Int;
  last_login: Int;
}

export interface ReposTable {
  id: Int;
  connection_id: Int;
  uid: Text;
  user_id: Int;
  namespace: Text;
  name: Text;
  slug: Text;
  http_url: Text;
  ssh_url: Text;
  link: Text;
  default_branch: Text;
  is_private: Bool;
  visibility: Generated<Visibility>;
  is_active: Bool;
  config_path: Text;
  is_trusted: Bool;
  is_protected: Bool;
  ignore_forks: Bool;
  ignore_pull_requests: Bool;
  auto_cancel_pull_requests: Bool;
  auto_cancel_pushes: Bool;
  auto_cancel_running: Bool;
  timeout_minutes: Int;
  throttle: Int;
  counter: Int;
  synced: Int;
  created: Int;
  updated: Int;
  version: Int;
}

export interface PermissionsTable {
  user_id: number;
  repo_id: number;
  can_read: Flag;
  can_write: Flag;
  can_admin: Flag;
  synced: number;
}

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
  findings: Text;
  config: Text;
}

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
  depends_on: Text;
  image: Text;
  is_detached: Bool;
  schema: Text;
  started: Int;
  stopped: Int;
  version: Int;
}

export interface TokensTable {
  id: Int;
  user_id: number;
  name: string;
  hash: string;
  prefix: string;
  scopes: string;
  expires: number;
  last_used: Int;
  created: number;
}

export interface SessionsTable {
  hash: string;
  user_id: number;
  created: number;
  expires: number;
}

export interface SignInLinksTable {
  hash: string;
  user_id: number;
  expires: number;
  used: Int;
}

export interface DeliveriesTable {
  id: Int;
  repo_id: Int;
  event: Text;
  key: Text;
  ref: Text;
  before: Text;
  after: Text;
  sender: Text;
  payload: Text;
  verdict: Generated<Verdict>;
  reason: Generated<ErrorCode | ''>;
  message: Text;
  build_id: Int;
  created: Int;
  finished: Int;
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

export interface RunnersTable {
  name: string;
  types: string;
  os: string;
  arch: string;
  variant: string;
  os_version: string;
  labels: string;
  capacity: number;
  version: string;
  last_contact: number;
  is_paused: Bool;
  created: number;
}

export interface LogsTable {
  step_id: number;
  size: Int;
  lines: Int;
  is_closed: Bool;
  omitted: Int;
  file_key: string;
}

export interface TemplatesTable {
  id: Int;
  namespace: string;
  name: string;
  data: string;
  created: number;
  updated: number;
}
