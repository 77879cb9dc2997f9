// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the pipeline language
/** A source of numbers that are the same in every run, for generated tests. */
export interface Seeded {
  /** A whole number of at least 0 and below `limit`. */
  below(limit: number): number;
  /** One of the values. */
  pick<T>(values: readonly T[]): T;
}

export function createSeeded(seed: number): Seeded {
  let state = seed >>> 0;
  const below = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return {
    below,
    pick(values) {
      const value = values[below(values.length)];
      if (value === undefined) throw new Error('there is nothing to pick from');
      return value;
    },
  };
}

const BITS = [
  ' ',
  '\n',
  '\n\n',
  '- ',
  ': ',
  ':',
  '#',
  ' # ',
  '"',
  "'",
  '|',
  '|-\n',
  '>\n',
  '[',
  ']',
  '{',
  '}',
  ',',
  'key: ',
  '&a ',
  '*a',
  '<<: ',
  '!!str ',
  '?',
  '%',
  '@',
  '~',
  '\t',
  '\\',
  '\r\n',
  '1.10',
  'yes',
  '...\n',
  '---\n',
  '${',
  '${A:1:2}',
  '}',
  '$$',
  '\0',
  '\uFEFF',
  'é',
  '😀',
];

/** A text with a few random wounds: cuts, insertions, replaced characters, changed indentation, repeated lines. */
export function mutate(text: string, { below, pick }: Seeded): string {
  let mutated = text;
  for (let wounds = 1 + below(4); wounds > 0; wounds -= 1) {
    const at = below(mutated.length + 1);
    switch (below(5)) {
      case 0:
        mutated = mutated.slice(0, at) + mutated.slice(at + 1 + below(12));
        break;
      case 1:
        mutated = mutated.slice(0, at) + pick(BITS) + mutated.slice(at);
        break;
      case 2:
        mutated = mutated.slice(0, at) + pick(BITS) + mutated.slice(at + 1);
        break;
      case 3:
        mutated = changeLine(mutated, below, (line) => ' '.repeat(below(8)) + line.trimStart());
        break;
      default:
        mutated = changeLine(mutated, below, (line) => `${line}\n${line}`);
    }
  }
  return mutated;
}

function changeLine(text: string, below: Seeded['below'], change: (line: string) => string): string {
  const lines = text.split('\n');
  const at = below(lines.length);
  return lines.map((line, index) => (index === at ? change(line) : line)).join('\n');
}
