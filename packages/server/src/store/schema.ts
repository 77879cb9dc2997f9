import type { OrgRole } from '@sortie/core/access';
import type { AuditEntry } from '@sortie/core/audit';
import type { BuildEvent } from '@sortie/core/build';
import type { ConnectionKind } from '@sortie/core/connection';
import type { Verdict } from '@sortie/core/delivery';
import type { ErrorCode } from '@sortie/core/errors';
import type { BuildChange } from '@sortie/core/event';
import type { Visibility } from '@sortie/core/repo';
import type { RunnerTrust } from '@sortie/core/runner-token';
import type { Status } from '@sortie/core/status';
import type { StepReason } from '@sortie/core/step';
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
  memberships: { user_id: number; namespace: string; role: OrgRole; synced: number };
  secrets: SecretsTable;
  crons: CronsTable;
  cards: { step_id: number; data: string };
  idempotency: IdempotencyTable;
  audit: AuditTable;
  runner_tokens: RunnerTokensTable;
  rpc_leases: RpcLeasesTable;
  rpc_replays: {
    object: string;
    version_in: number;
    body_hash: string;
    response: string;
    created: number;
  };
  identities: IdentitiesTable;
  sign_in_states: SignInStatesTable;
  repo_health: RepoHealthTable;
  /** A person has looked at this change of a pull request and lets exactly it run. */
  approvals: {
    id: Int;
    repo_id: number;
    pull: number;
    head_sha: string;
    config_hash: string;
    user_id: number;
    created: number;
  };
  /** The last status that a Git service has taken for a commit. */
  sent_statuses: {
    repo_id: number;
    sha: string;
    label: string;
    state: string;
    build_id: number;
    updated: number;
  };
  /** By what a runner's calls are recognised: when it last started, and was last heard. */
  rpc_peers: { runner_key: string; ping_ms: Int; signal_ms: Int };
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
  /** The one old user token: keyed hash, and sealed text because it must be shown again. */
  token_hash: Text;
  token_sealed: Text;
  /** Why the last synchronisation failed, and when the next one is due; empty and 0 after a success. */
  sync_error: Text;
  sync_due: Int;
  /** Repositories that the synchronisation under way has been shown so far. */
  sync_seen: Int;
  /** JSON: what looked too odd to believe in the last synchronisation; empty when nothing did. */
  sync_suspicion: Text;
}

/** An account of a person at one Git service or identity provider, with the token that calls for it are made with. */
export interface IdentitiesTable {
  id: Int;
  user_id: number;
  connection_id: number;
  uid: string;
  login: Text;
  access_sealed: Text;
  refresh_sealed: Text;
  /** 0 = the token does not expire. */
  expires: Int;
  /** The service has refused the token; its owner must sign in again. */
  is_invalid: Bool;
  /** What the owner should know of the token, for example that it belongs to an administrator of the service. */
  note: Text;
  /** Who renews the token holds this lock. */
  refreshing_until_ms: Int;
  created: number;
  updated: number;
}

/** A sign-in that the browser is away for. */
export interface SignInStatesTable {
  hash: string;
  browser_hash: string;
  connection_id: number;
  verifier_sealed: Text;
  next: Text;
  /** The account that is to be linked; 0 for a sign-in. */
  user_id: Int;
  created: number;
  expires: number;
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
  allow_push: Bool;
  allow_tags: Bool;
  allow_deploys: Bool;
  avatar_url: Text;
  /** Sealed: the secret of its webhooks, and the key that signs and encrypts for it. */
  signer_sealed: Text;
  secret_sealed: Text;
  /** The secret of webhooks before the last rotation, and until when it is accepted. */
  previous_signer_sealed: Text;
  previous_signer_expires: Int;
  ignore_reopened: Bool;
  auto_cancel_closed: Bool;
  /** `ForkApproval` and `ForkConfig` of the core; empty = the default. */
  fork_approval: Text;
  fork_config: Text;
  /** How often in a row the Git service has not known it. */
  missing_count: Int;
  /** `namespace/name` at the Git service where another connection has taken the slug; empty = the slug. */
  service_slug: Text;
}

/** What is known of the way from the Git service to us. */
export interface RepoHealthTable {
  repo_id: number;
  hook_state: Text;
  hook_message: Text;
  /** Of the webhook, as the service counts them. */
  hook_id: Text;
  hook_installed: Int;
  hook_checked: Int;
  /** The last delivery with a right signature. */
  last_delivery: Int;
  reconciled: Int;
  /** When the refs of the service are compared next. */
  reconcile_due: Int;
  /** JSON: refs that moved without a delivery. */
  missed: Text;
  /** `signed` once a signed delivery has come where the service may also send the bare secret; else empty. */
  hook_scheme: Text;
}

export interface PermissionsTable {
  user_id: number;
  repo_id: number;
  can_read: Flag;
  can_write: Flag;
  can_admin: Flag;
  synced: number;
  created: Int;
  updated: Int;
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
  /** JSON lists. */
  repo_ids: Text;
  ranges: Text;
  rate_limit: Int;
  /** Hash of the text before the last rotation, and until when it works. */
  previous_hash: Text;
  previous_expires: Int;
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
  /** JSON: the headers of the webhook without what authenticates it. */
  headers: Text;
  /** Until when somebody works on it. */
  claimed_until_ms: Int;
  redelivery_of: Int;
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
  /** When it last asked for work. */
  last_poll: Int;
  is_paused: Bool;
  created: number;
  node_id: Int;
  is_protected: Bool;
  /** JSON: what `/api/nodes` keeps beside; private keys in it are sealed. */
  details: Text;
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

export interface SecretsTable {
  id: Int;
  /** Null for secrets of a namespace. */
  repo_id: number | null;
  namespace: Text;
  name: string;
  sealed: string;
  allows_pull_requests: Bool;
  allows_pull_request_pushes: Bool;
  /** JSON of `LegacySecretRules`; empty for secrets made through version 1. */
  legacy: Text;
  created: number;
  updated: number;
}

export interface CronsTable {
  id: Int;
  repo_id: number;
  name: string;
  expr: string;
  next: Int;
  prev: Int;
  branch: string;
  target: Text;
  is_disabled: Bool;
  created: number;
  updated: number;
  version: Int;
}

export interface IdempotencyTable {
  id: Int;
  /** Whose key it is, for example `user:7`. */
  owner: string;
  key: string;
  /** Hash of method, path, query and body. */
  fingerprint: string;
  /** Which process works on it; empty when the answer is stored. */
  holder: string;
  /** Unix seconds until which the holder counts as alive. */
  held_until: Int;
  /** The build that the request made, written in the transaction that made it. */
  build_id: Int;
  status: Int;
  /** JSON. */
  headers: Text;
  body_sealed: Text;
  created: number;
}

export interface AuditTable {
  id: Int;
  created: number;
  user_id: number;
  login: string;
  token_id: number;
  via: AuditEntry['via'];
  ip: string;
  action: string;
  subject: string;
  status: number;
  error_code: string;
  request_id: string;
}

export interface RunnerTokensTable {
  id: Int;
  name: string;
  hash: string;
  prefix: string;
  /** JSON, as `RunnerScope`. */
  namespaces: Text;
  repos: Text;
  types: Text;
  labels: Text;
  trust: Generated<RunnerTrust>;
  ranges: Text;
  expires: Int;
  /** Hash of the text before the last rotation, and until when it works. */
  previous_hash: Text;
  previous_expires: Int;
  last_used: Int;
  last_address: Text;
  created: number;
}

/** Which official runner was offered, or has accepted, which hand-out of a stage. Kept after its end. */
export interface RpcLeasesTable {
  stage_id: number;
  fence: number;
  attempt: number;
  /** 0 for the shared secret. */
  token_id: number;
  runner_key: string;
  poller: Text;
  machine: Text;
  /** Unix milliseconds; 0 while it is an offer. */
  accepted_ms: Int;
  /** When it last reported, and last watched, about this stage. */
  signal_ms: Int;
  watch_ms: Int;
}
