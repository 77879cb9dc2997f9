import { createSeeded, mutate, type Seeded } from '@sortie/pipeline/seeded.fixture';

const VALUES = [
  null,
  0,
  -1,
  1.5,
  2 ** 53,
  '',
  'x',
  '../..',
  'a\nb',
  '\0',
  '--x',
  'refs/heads/',
  '0'.repeat(40),
  'f'.repeat(64),
  [],
  [null],
  {},
  true,
] as const;

/** Damages good input at random, the same in every run with the same seed. */
export interface Disturber extends Seeded {
  /** A few cuts, insertions and repeats. */
  text(text: string): string;
  /** JSON with a few members removed or of another type. */
  json(json: string): string;
  /** Random bytes, fewer than the limit. */
  bytes(limit: number): Buffer;
}

export function createDisturber(seed: number): Disturber {
  const seeded = createSeeded(seed);
  return {
    ...seeded,
    text: (text) => mutate(text, seeded),
    json(json) {
      let value: unknown = JSON.parse(json);
      for (let wounds = 1 + seeded.below(4); wounds > 0; wounds -= 1) value = disturb(value, seeded);
      return JSON.stringify(value);
    },
    bytes: (limit) => Buffer.from(Array.from({ length: seeded.below(limit) }, () => seeded.below(256))),
  };
}

/** Goes down at random and changes what it meets there. */
function disturb(value: unknown, seeded: Seeded): unknown {
  if (typeof value !== 'object' || value === null || seeded.below(40) === 0) return seeded.pick(VALUES);
  const keys = Object.keys(value);
  const key = keys[seeded.below(keys.length || 1)];
  if (key === undefined || seeded.below(8) === 0) return value;
  if (seeded.below(6) === 0) Reflect.deleteProperty(value, key);
  else Reflect.set(value, key, disturb(Reflect.get(value, key), seeded));
  return value;
}
