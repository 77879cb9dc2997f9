/** What can happen to a build, as the event log keeps it. */
export const BUILD_CHANGES = ['created', 'updated', 'finished'] as const;
export type BuildChange = (typeof BUILD_CHANGES)[number];

/** One entry of the event log. `seq` grows strictly; readers resume after the last one they saw. */
export interface BuildChanged {
  readonly seq: number;
  readonly repoId: number;
  readonly buildId: number;
  readonly change: BuildChange;
  /** Unix seconds. */
  readonly created: number;
}
