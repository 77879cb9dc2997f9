import { appendFile } from 'node:fs/promises';
import { DummyEngine } from '@sortie/engine/dummy/engine';
import type { Engine } from '@sortie/engine/engine';

/** The compiler must know the type of a pipeline to read its steps, and there is no engine of ours for this one. */
export const PACED_TYPE = 'ssh';
/** A step lasts so long, so that something can happen to it. */
const STEP_MS = 300;

/** The `dummy` engine behind a type of pipelines that a server takes; its steps last a moment, and sign the ledger. */
export function createPacedEngine(ledger: string): Engine {
  const dummy = new DummyEngine();
  return {
    type: PACED_TYPE,
    check: (signal) => dummy.check(signal),
    setup: (stage, signal) => dummy.setup(stage, signal),
    prepare: (stage, step, signal) => dummy.prepare(stage, step, signal),
    async start(stage, run, signal) {
      const { DRONE_BUILD_NUMBER: build, DRONE_STAGE_NUMBER: number } = run.environment;
      await appendFile(ledger, `${build} ${number} ${run.step.name}\n`);
      await dummy.start(stage, run, signal);
    },
    async wait(stage, run) {
      const exit = await dummy.wait(stage, run);
      await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      return exit;
    },
    stop: (stage, run, graceMs) => dummy.stop(stage, run, graceMs),
    destroy: (stage) => dummy.destroy(stage),
    sweep: () => dummy.sweep(),
    close: () => dummy.close(),
  };
}
