/** One thing a person can do: a button, an entry of the shortcut list and a key all come from it. */
export interface Action {
  readonly id: string;
  /** Starts with a verb. */
  readonly label: string;
  /** Keys one after the other, separated by blanks: `?`, `g h`, `End`. */
  readonly shortcut?: string;
  readonly isEnabled: boolean;
  /** Whether a toggle is on; absent for plain actions. */
  readonly isOn?: boolean;
  run(): void;
}
