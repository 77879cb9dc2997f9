import type { RunnerTrust } from '@sortie/core/runner-token';
import type { Generated } from 'kysely';
import type { Bool, Int, Text } from './column-types.ts';

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
  /** With what it has registered: `token:ID`, `secret`, or nothing when it needed neither. */
  registrar: Text;
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
