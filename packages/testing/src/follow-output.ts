import type { ChildProcess } from 'node:child_process';

/** What a process prints, on both streams. */
export interface FollowedOutput {
  /** Everything so far. */
  output(): string;
  /** Resolves with the match when the text has been printed; rejects with all of it when the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code (null after a signal) when the process has ended and everything has been read. */
  readonly closed: Promise<number | null>;
}

/** Reads the output of a process whose streams are pipes; `name` is what errors call it. */
export function followOutput(child: ChildProcess, name: string): FollowedOutput {
  let output = '';
  const looks = new Set<() => void>();
  const read = (chunk: Buffer): void => {
    output += chunk.toString();
    for (const look of [...looks]) look();
  };
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  // Not `exit`: that may come before the last words have been read.
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
  });
  async function printed(pattern: RegExp): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const look = (): void => {
      const match = pattern.exec(output);
      if (match !== null) resolve(match);
    };
    looks.add(look);
    look();
    void closed.then((code) =>
      reject(new Error(`${name} ended with code ${code} before it printed ${pattern}:\n${output}`)),
    );
    return await promise.finally(() => looks.delete(look));
  }
  return { output: () => output, printed, closed };
}
