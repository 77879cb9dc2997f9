import type { LoopStep } from './gogs-loop.ts';

/**
 * Goes through the steps of a loop and prints each with its time. Ends at the first that fails, with what the server
 * has said; returns the exit code of the program.
 */
export async function runLoop(steps: readonly LoopStep[], server: { output(): string }): Promise<0 | 1> {
  for (const { title, run } of steps) {
    const started = performance.now();
    try {
      await run();
    } catch (error) {
      console.error(`FAILED  ${title}`, error, `\nThe server said:\n${server.output().slice(-4000)}`);
      return 1;
    }
    console.log(`ok  ${title} (${Math.round(performance.now() - started)} ms)`);
  }
  return 0;
}
