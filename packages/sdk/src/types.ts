/**
 * The shapes of the HTTP API exactly as they travel: snake_case, times in unix seconds (0 = not set), members
 * marked `?` are left out when empty. Source: api-v1.md section 2.
 */
export type Status =
  | 'skipped'
  | 'blocked'
  | 'declined'
  | 'waiting_on_dependencies'
  | 'pending'
  | 'running'
  | 'success'
  | 'failure'
  | 'killed'
  | 'error';

export interface User {
  readonly id: number;
  readonly login: string;
  readonly email: string;
  readonly machine: boolean;
  readonly admin: boolean;
  readonly active: boolean;
  readonly avatar: string;
  readonly syncing: boolean;
  /** Why the last synchronisation failed; absent when it did not. */
  readonly sync_error?: string;
  /** Repositories seen so far while `syncing`; absent before the first ones. */
  readonly sync_seen?: number;
  readonly synced: number;
  readonly created: number;
  readonly updated: number;
  readonly last_login: number;
}

export interface Permissions {
  readonly read: boolean;
  readonly write: boolean;
  readonly admin: boolean;
}

export interface Repo {
  readonly id: number;
  readonly uid: string;
  readonly user_id: number;
  readonly namespace: string;
  readonly name: string;
  /** `namespace/name`. */
  readonly slug: string;
  readonly scm: string;
  readonly git_http_url: string;
  readonly git_ssh_url: string;
  readonly link: string;
  readonly default_branch: string;
  readonly private: boolean;
  readonly visibility: 'public' | 'private' | 'internal';
  readonly active: boolean;
  readonly config_path: string;
  readonly trusted: boolean;
  readonly protected: boolean;
  readonly timeout: number;
  /** From -100 to 100: stages of repositories with a higher one are run first. Servers of Drone have none. */
  readonly priority?: number;
  /** The last used build number. */
  readonly counter: number;
  readonly synced: number;
  readonly created: number;
  readonly updated: number;
  readonly version: number;
  /** Only in `user/repos?latest=true` and in events. */
  readonly build?: Build;
  /** Only when the caller has rights of its own. */
  readonly permissions?: Permissions;
}

export interface Build {
  readonly id: number;
  readonly repo_id: number;
  /** `@hook`, `@cron`, or the login of the person. */
  readonly trigger: string;
  readonly number: number;
  /** Number of the build that was restarted, promoted or rolled back. */
  readonly parent?: number;
  readonly status: Status;
  readonly error?: string;
  /** `push`, `pull_request`, `tag`, `promote`, `rollback`, `cron` or `custom`. */
  readonly event: string;
  readonly action: string;
  readonly link: string;
  readonly title?: string;
  readonly message: string;
  readonly before: string;
  readonly after: string;
  readonly ref: string;
  readonly source_repo: string;
  readonly source: string;
  readonly target: string;
  readonly author_login: string;
  readonly author_name: string;
  readonly author_email: string;
  readonly author_avatar: string;
  readonly sender: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly cron?: string;
  readonly deploy_to?: string;
  readonly debug?: boolean;
  readonly started: number;
  readonly finished: number;
  readonly created: number;
  readonly updated: number;
  readonly version: number;
  /** True from a cancel until the runner has confirmed it. */
  readonly cancelling?: boolean;
  /** Only in single builds and events, not in lists. */
  readonly stages?: readonly Stage[];
}

export interface Stage {
  readonly id: number;
  readonly repo_id: number;
  readonly build_id: number;
  readonly number: number;
  readonly name: string;
  readonly kind?: string;
  readonly type?: string;
  readonly status: Status;
  readonly error?: string;
  readonly errignore: boolean;
  readonly exit_code: number;
  readonly machine?: string;
  readonly os: string;
  readonly arch: string;
  readonly variant?: string;
  readonly started: number;
  readonly stopped: number;
  readonly created: number;
  readonly updated: number;
  readonly version: number;
  readonly on_success: boolean;
  readonly on_failure: boolean;
  readonly depends_on?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
}

export type StepReason =
  | 'exit'
  | 'signal'
  | 'oom'
  | 'pull'
  | 'start'
  | 'engine'
  | 'timeout'
  | 'cancelled'
  | 'runner-lost';

export interface Step {
  readonly id: number;
  /** Id of the stage, in spite of its name. */
  readonly step_id: number;
  readonly number: number;
  readonly name: string;
  readonly status: Status;
  readonly error?: string;
  readonly errignore?: boolean;
  readonly exit_code: number;
  /** Why it did not succeed, as far as its runner tells. */
  readonly reason?: StepReason;
  readonly started?: number;
  readonly stopped?: number;
  readonly version: number;
  readonly depends_on?: readonly string[];
  readonly image?: string;
  readonly detached?: boolean;
}

/** `pos` counts from 0, `out` keeps its newline, `time` is seconds since the step began. */
export interface LogLine {
  readonly pos: number;
  readonly out: string;
  readonly time: number;
}

/** One remark about the pipeline file; `line` and `column` count from 1. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'hint';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The pipeline text of a build with everything the compiler had to say about it. */
export interface BuildConfig {
  readonly text: string;
  readonly findings: readonly Finding[];
}

export interface Token {
  readonly id: number;
  readonly name: string;
  /** The first characters of the text, so that a person recognises it. */
  readonly prefix: string;
  readonly scopes: readonly string[];
  /** 0 = never. */
  readonly expires: number;
  readonly last_used: number;
  readonly created: number;
}

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Unix seconds; 0 or absent = never. */
  readonly expires?: number;
}

/** The answer to creating a token: the only time that its text is shown. */
export interface CreatedToken extends Token {
  readonly token: string;
}

/** Which log is meant; `stage` and `step` are numbers from 1. */
export interface StepRef {
  /** `namespace/name`. */
  readonly repo: string;
  readonly build: number;
  readonly stage: number;
  readonly step: number;
}
