import { type GitOptions, runGit } from './git-process.ts';

/** Git in one work tree, with its commands and what it says in the log of the clone. */
export class GitTool {
  readonly #options: GitOptions;
  #said = '';

  constructor(options: GitOptions) {
    this.#options = options;
  }

  get directory(): string {
    return this.#options.directory;
  }

  /** What the last traced command wrote, from its end. */
  get lastOutput(): string {
    return this.#said;
  }

  /** The same with another environment. */
  with(environment: GitOptions['environment']): GitTool {
    return new GitTool({ ...this.#options, environment });
  }

  /** The same in another directory. */
  in(directory: string): GitTool {
    return new GitTool({ ...this.#options, directory });
  }

  /** Shows the command, then runs it. Resolves with its exit code. */
  async traced(args: readonly string[]): Promise<number> {
    const shown = args.filter((arg) => arg !== '--end-of-options' && arg !== '--');
    await this.say(`+ git ${shown.join(' ')}\n`);
    this.#said = '';
    const output = async (bytes: Uint8Array): Promise<void> => {
      this.#said = (this.#said + new TextDecoder().decode(bytes)).slice(-KEPT_CHARACTERS);
      await this.#options.output(bytes);
    };
    return await runGit({ ...this.#options, output }, args);
  }

  /** Runs it without a trace in the log. */
  async silent(args: readonly string[]): Promise<number> {
    return await runGit({ ...this.#options, output: () => undefined }, args);
  }

  /** The same, for what it prints; `undefined` when it fails or prints more than a megabyte. */
  async read(args: readonly string[]): Promise<string | undefined> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const output = (bytes: Uint8Array): void => {
      size += bytes.length;
      if (size <= MAX_READ_BYTES) chunks.push(bytes);
    };
    const exitCode = await runGit({ ...this.#options, output }, args);
    if (exitCode !== 0 || size > MAX_READ_BYTES) return undefined;
    return Buffer.concat(chunks).toString('utf8');
  }

  async say(text: string): Promise<void> {
    await this.#options.output(new TextEncoder().encode(text));
  }
}

const KEPT_CHARACTERS = 4_096;
const MAX_READ_BYTES = 1024 * 1024;
