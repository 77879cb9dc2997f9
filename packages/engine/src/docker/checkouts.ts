import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@sortie/core/errors';

/**
 * Where the built-in clone works before its result goes into a volume: one folder per runner, below it one per
 * process, below that one per clone. So a later process knows what an earlier one has left.
 */
export class Checkouts {
  readonly #ofRunner: string;
  readonly #process: string;

  constructor(base: string, owner: string, process: string) {
    const name = createHash('sha256').update(owner).digest('hex').slice(0, 16);
    this.#ofRunner = join(base, `sortie-clone-${name}`);
    this.#process = process;
  }

  /** A new, private and empty directory. Throws `engine-failed` when somebody else owns the folder. */
  async make(): Promise<string> {
    const own = join(this.#ofRunner, this.#process);
    await mkdir(own, { recursive: true, mode: 0o700 });
    await this.#checkOwner();
    return await mkdtemp(join(own, 'stage-'));
  }

  /** The base may be a folder that everybody can write to, where a name can be taken before us. */
  async #checkOwner(): Promise<void> {
    const folder = await lstat(this.#ofRunner);
    const isOwn = process.getuid === undefined || folder.uid === process.getuid();
    if (isOwn && folder.isDirectory() && (folder.mode & 0o022) === 0) return;
    throw new AppError('engine-failed', `The folder ${this.#ofRunner} belongs to somebody else.`, {
      hint: 'Remove it, or set another temporary directory for the runner.',
    });
  }

  /** Removes what earlier processes have left; returns the paths. */
  async sweep(): Promise<readonly string[]> {
    const [listed] = await Promise.allSettled([readdir(this.#ofRunner)]);
    // There is no such folder before the first clone.
    const names = listed.status === 'fulfilled' ? listed.value : [];
    const left = names.filter((name) => name !== this.#process).map((name) => join(this.#ofRunner, name));
    await Promise.all(left.map((path) => rm(path, { recursive: true, force: true })));
    return left;
  }

  async close(): Promise<void> {
    await rm(join(this.#ofRunner, this.#process), { recursive: true, force: true });
    // Fails while another process of the runner has its folder there, or when there was never a clone.
    await Promise.allSettled([rmdir(this.#ofRunner)]);
  }
}
