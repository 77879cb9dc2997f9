import { randomBytes } from 'node:crypto';

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** `drone-` and 20 random letters and digits, as Drone names its networks, volumes and containers. */
export function randomName(): string {
  const random = Array.from(randomBytes(20), (byte) => LETTERS.charAt(byte % LETTERS.length));
  return `drone-${random.join('')}`;
}

/** Marks everything of one runner, so that its next process finds what this one may leave. */
export const OWNER_LABEL = 'io.sortie.owner';

/** Tells the processes of one runner apart: a sweep leaves alone what its own process has made. */
export const PROCESS_LABEL = 'io.sortie.process';

/** When something is of no use to anybody any more, in Unix seconds. Then every runner may remove it. */
export const EXPIRES_LABEL = 'io.drone.expires';

/** The stage that a container belongs to: `EngineStage.id`. */
export const STAGE_LABEL = 'io.sortie.stage';
