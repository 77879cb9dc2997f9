/** What the loop reads of the health of a repository. */
export interface Health {
  readonly state: string;
  readonly checks: readonly {
    readonly name: string;
    readonly state: string;
    readonly message: string;
    readonly hint?: string;
  }[];
}

/** State of a check, and what it says with its remedy. */
export function readCheck({ checks }: Health, name: string): readonly [string, string] {
  const found = checks.find((check) => check.name === name);
  return [found?.state ?? 'missing', `${found?.message ?? ''} ${found?.hint ?? ''}`];
}
