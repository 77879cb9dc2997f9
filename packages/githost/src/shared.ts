/** What can be used by several at once and is closed by the last of them. */
interface Closable {
  close(): Promise<void>;
}

interface Entry<T> {
  readonly opening: Promise<T>;
  users: number;
  /** Those that have gone, too. */
  allUsers: number;
}

/** Nobody joins after so many, so that the last of them comes. */
const MAX_USERS = 200;

/**
 * Things that are open as long as somebody uses them, by name. Who comes meanwhile shares them: a hundred builds of one
 * repository that are asked for together read its files with one git child and not with a hundred.
 */
export class Shared<T extends Closable> {
  readonly #entries = new Map<string, Entry<T>>();

  /**
   * Runs `use` with what is open under this name, or with what `open` opens. `use` only reads: where it fails beside
   * others it is run again with a thing of its own, because they may have broken the shared one.
   */
  async with<R>(name: string, open: () => Promise<T>, use: (thing: T) => Promise<R>): Promise<R> {
    const entry = this.#enter(name, open);
    try {
      return await use(await entry.opening);
    } catch (error) {
      if (entry.allUsers === 1) throw error;
    } finally {
      await this.#leave(name, entry);
    }
    const own = await open();
    try {
      return await use(own);
    } finally {
      await own.close();
    }
  }

  #enter(name: string, open: () => Promise<T>): Entry<T> {
    const entry = this.#entries.get(name) ?? { opening: open(), users: 0, allUsers: 0 };
    entry.users += 1;
    entry.allUsers += 1;
    if (entry.allUsers < MAX_USERS) this.#entries.set(name, entry);
    else this.#forget(name, entry);
    return entry;
  }

  async #leave(name: string, entry: Entry<T>): Promise<void> {
    entry.users -= 1;
    if (entry.users > 0) return;
    this.#forget(name, entry);
    const [opened] = await Promise.allSettled([entry.opening]);
    if (opened.status === 'fulfilled') await opened.value.close();
  }

  #forget(name: string, entry: Entry<T>): void {
    if (this.#entries.get(name) === entry) this.#entries.delete(name);
  }
}
