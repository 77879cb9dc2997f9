import { closeHandles, type LogFile, openLogFile } from './log-file.ts';

export interface FileCache {
  /**
   * Runs `work` on the log at `path`, alone and after whatever was asked before. `undefined` when there is no such
   * log and `mode` is `read`.
   */
  use<T>(path: string, mode: 'read' | 'append', work: (file: LogFile) => Promise<T>): Promise<T | undefined>;
  /** Closes what is open at or below `path`. */
  forget(path: string): Promise<void>;
  /** Closes everything, after the work that is under way. */
  stop(): Promise<void>;
}

interface Entry {
  file: LogFile | undefined;
  /** Ends when everything asked so far is done; never rejects. */
  tail: Promise<unknown>;
  users: number;
}

/** Keeps the logs in use open, and at most `maxOpen` others; the one unused for longest is closed first. */
export function createFileCache({ maxOpen }: { readonly maxOpen: number }): FileCache {
  const entries = new Map<string, Entry>();

  async function use<T>(
    path: string,
    mode: 'read' | 'append',
    work: (file: LogFile) => Promise<T>,
  ): Promise<T | undefined> {
    const entry = entries.get(path) ?? { file: undefined, tail: Promise.resolve(), users: 0 };
    entries.delete(path);
    entries.set(path, entry);
    entry.users += 1;
    const done = entry.tail.then(async () => {
      entry.file ??= await openLogFile(path, mode);
      return entry.file && work(entry.file);
    });
    entry.tail = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      entry.users -= 1;
      if (entry.users === 0 && entry.file === undefined) entries.delete(path);
      await trim();
    }
  }

  async function trim(): Promise<void> {
    if (entries.size <= maxOpen) return;
    for (const [path, entry] of entries) {
      if (entry.users > 0) continue;
      await drop(path, entry);
      if (entries.size <= maxOpen) return;
    }
  }

  async function drop(path: string, entry: Entry): Promise<void> {
    const { file } = entry;
    entry.file = undefined;
    if (entries.get(path) === entry && entry.users === 0) entries.delete(path);
    if (file !== undefined) await closeHandles(file);
  }

  async function forget(path: string): Promise<void> {
    for (const [known, entry] of [...entries]) {
      if (known !== path && !known.startsWith(`${path}/`)) continue;
      while (entry.users > 0) await entry.tail;
      await drop(known, entry);
    }
  }

  return {
    use,
    forget,
    async stop() {
      for (const [path, entry] of [...entries]) {
        while (entry.users > 0) await entry.tail;
        await drop(path, entry);
      }
    },
  };
}
