const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);

/** As Go reads booleans; whatever is none is false (api-legacy.md 1.6). */
export function readFlag(text: string | undefined): boolean {
  return text !== undefined && TRUE.has(text);
}
