import type { OrgRole } from '@sortie/core/access';
import type { ConnectionKind } from '@sortie/core/connection';
import type { BuildChange } from '@sortie/core/event';
import type { Int, Text } from './column-types.ts';
import type {
  AuditTable,
  IdempotencyTable,
  IdentitiesTable,
  SessionsTable,
  SignInLinksTable,
  SignInStatesTable,
  TokensTable,
  UsersTable,
} from './tables-accounts.ts';
import type { BuildsTable, LogsTable, OutboxTable, StagesTable, StepsTable } from './tables-builds.ts';
import type {
  CronsTable,
  DeliveriesTable,
  PermissionsTable,
  RepoHealthTable,
  ReposTable,
  SecretsTable,
  TemplatesTable,
} from './tables-repos.ts';
import type { RpcLeasesTable, RunnersTable, RunnerTokensTable } from './tables-runners.ts';

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
