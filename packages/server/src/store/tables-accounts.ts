import type { AuditEntry } from '@sortie/core/audit';
import type { Bool, Int, Text } from './column-types.ts';

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
