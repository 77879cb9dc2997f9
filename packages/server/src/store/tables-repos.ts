import type { Verdict } from '@sortie/core/delivery';
import type { ErrorCode } from '@sortie/core/errors';
import type { Visibility } from '@sortie/core/repo';
import type { Generated } from 'kysely';
import type { Bool, Flag, Int, Text } from './column-types.ts';

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
  /** From -100 to 100; stages of higher ones are handed out first. */
  priority: Int;
  /** `namespace/name` at the Git service where another connection has taken the slug; empty = the slug. */
  service_slug: Text;
  /** Until when somebody has the turn to switch it on or off. */
  turn_until: Int;
  /** `Visibility` of the core, as the Git service said it last; empty = unknown. */
  service_visibility: Generated<Visibility | ''>;
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
