import type { DoneFault } from './member.ts';
import type { Sightings } from './sightings.ts';

/** What the run knows beside what the server says: written down by the driver, the faults and the steps. */
export interface History {
  /** Requests for a build that have been answered. */
  readonly requested: number;
  /** Pushes, which make builds too. */
  readonly pushed: number;
  /** Builds that somebody asked to cancel. */
  readonly cancelled: ReadonlySet<number>;
  /** Builds of which a container was killed. */
  readonly shot: ReadonlySet<number>;
  readonly faults: readonly DoneFault[];
  /** When each build was there. */
  readonly sightings: Pick<Sightings, 'lifeOf'>;
  /** One line for every start of a step: build, stage and name. */
  readonly ledger: readonly string[];
}

/** What the builds have come to. */
export interface Verdict {
  readonly violations: readonly string[];
  /** How many stages ended how; `lost` with their runner. */
  readonly outcomes: ReadonlyMap<string, number>;
  /** How many stages of each type ran to their end. */
  readonly types: ReadonlyMap<string, number>;
}
