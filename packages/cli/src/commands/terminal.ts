/** What a command needs of the process around it. */
export interface Terminal {
  /** Data, for standard output. */
  out(text: string): void;
  /** Remarks, for standard error. */
  err(text: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Exit codes of the local commands (cli-ui-sdk.md 1.2). */
export const EXIT_DONE = 0;
export const EXIT_FAILED = 1;
