/** What a key press looks like to the key map; a subset of the browser's event. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

export interface KeyResult {
  /** The shortcut that was completed. */
  readonly matched: string | undefined;
  /** What was typed so far of a longer one. */
  readonly pending: string;
}

/**
 * Follows key presses against shortcuts such as `?`, `g h` or `End`. Presses with Ctrl, Alt or Meta belong to
 * the browser. A key that leads nowhere begins again from itself.
 */
export function pressKey(shortcuts: readonly string[], pending: string, press: KeyPress): KeyResult {
  if (press.ctrlKey || press.metaKey || press.altKey) return { matched: undefined, pending: '' };
  const typed = pending === '' ? press.key : `${pending} ${press.key}`;
  if (shortcuts.includes(typed)) return { matched: typed, pending: '' };
  if (shortcuts.some((shortcut) => shortcut.startsWith(`${typed} `)))
    return { matched: undefined, pending: typed };
  if (pending !== '') return pressKey(shortcuts, '', press);
  return { matched: undefined, pending: '' };
}
