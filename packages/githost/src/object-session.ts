import { type GitRepo, type OpenObjects, openObjects } from './objects.ts';

/** A reader of objects that is opened once, when it is first wanted or a little before. */
export interface ObjectSession {
  /** Starts the reader in the background; does nothing after `close`. */
  warm(): void;
  /** The repository with its open reader. Throws when git cannot be started. */
  open(): Promise<GitRepo>;
  close(): Promise<void>;
}

export function createObjectSession(repo: GitRepo): ObjectSession {
  let opening: Promise<OpenObjects> | undefined;
  let isClosed = false;
  return {
    warm() {
      if (isClosed) return;
      opening ??= openObjects(repo, 'session');
      // `open` meets the error; nobody else has to.
      opening.catch(() => undefined);
    },
    async open() {
      this.warm();
      return { ...repo, objects: await opening };
    },
    async close() {
      isClosed = true;
      const objects = await opening?.catch(() => undefined);
      await objects?.close();
    },
  };
}
