/** A text that pipeline files of a namespace can load (`kind: template`). Times are unix seconds. */
export interface Template {
  readonly id: number;
  /** Owner of the repositories that may load it; its case does not count. */
  readonly namespace: string;
  /** With its ending, which decides how it is read; unique in the namespace. */
  readonly name: string;
  readonly data: string;
  readonly created: number;
  readonly updated: number;
}
