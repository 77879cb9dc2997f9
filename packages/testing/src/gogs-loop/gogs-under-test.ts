/** An account of the Gogs, thrown away afterwards. */
export interface GogsPerson {
  readonly login: string;
  readonly password: string;
}

export interface GogsChange {
  /** `main` unless given; a new one starts where `main` is. */
  readonly branch?: string;
  /** Text by path, on top of what the branch holds. */
  readonly files: Readonly<Record<string, string>>;
}

/** What the loop does to a Gogs, the fake one or a real one. Everything it makes is gone after `close`. */
export interface GogsUnderTest {
  /** With a slash at its end. */
  readonly url: string;
  /** The login begins with the name. */
  addUser(name: string): Promise<GogsPerson>;
  /** A private and empty repository; returns its slug. */
  addRepo(owner: GogsPerson, name: string): Promise<string>;
  /** Takes the right away when no mode is given. */
  setMode(slug: string, owner: GogsPerson, who: GogsPerson, mode?: 'read' | 'write'): Promise<void>;
  /** One commit on top of the branch; returns its id. */
  push(slug: string, by: GogsPerson, change: GogsChange): Promise<string>;
  /** Tags the tip of `main`. */
  tag(
    slug: string,
    by: GogsPerson,
    tag: { readonly name: string; readonly isAnnotated: boolean },
  ): Promise<void>;
  deleteBranch(slug: string, by: GogsPerson, branch: string): Promise<void>;
  /** Returns the slug of the fork. */
  fork(slug: string, by: GogsPerson): Promise<string>;
  /** From a branch of the fork to `main`; returns the number. */
  openPull(
    slug: string,
    by: GogsPerson,
    pull: { readonly fork: string; readonly head: string; readonly title: string },
  ): Promise<number>;
  /** All tokens of the account are dead afterwards, as after a look at its settings. */
  revokeTokens(who: GogsPerson): Promise<void>;
  /** All webhooks of the repository, as an administrator does on its page. */
  removeHooks(slug: string, owner: GogsPerson): Promise<void>;
  close(): Promise<void>;
}
