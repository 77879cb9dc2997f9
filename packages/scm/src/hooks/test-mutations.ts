/** Mulberry32 seeded with the text, so that a failure can be repeated. */
export function randomOf(seed: string): () => number {
  let state = [...seed].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The text with one bit flipped. */
export function flipByte(text: string, random: () => number): Uint8Array {
  const bytes = Buffer.from(text);
  const at = Math.floor(random() * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  return bytes;
}

const REPLACEMENTS: readonly unknown[] = [
  null,
  undefined,
  0,
  -1,
  1.5,
  2 ** 60,
  '',
  'x',
  '-x',
  'refs/heads/',
  '\u0000',
  true,
  [],
  {},
  [null],
  [[]],
  { id: 1 },
];

/** The value with one member replaced or dropped, somewhere. */
export function mutate(value: unknown, random: () => number): unknown {
  const replacement = REPLACEMENTS[Math.floor(random() * REPLACEMENTS.length)];
  if (typeof value !== 'object' || value === null || random() < 0.05) return replacement;
  const keys = Object.keys(value);
  const key = keys[Math.floor(random() * keys.length)];
  if (key === undefined) return replacement;
  const changed = mutate(Reflect.get(value, key), random);
  return Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed };
}
