import {
  generateNumber,
  generatePattern,
  generateRune,
  generateSubject,
  generateVerb,
} from './generate-text.ts';
import type { Random } from './random.ts';

/** A random search and replacement; what a pattern means is where engines differ most. */
export function generateSearch(random: Random): string {
  const pattern = generatePattern(random, 3);
  const subject = generateSubject(random);
  const limit = random.chance(20) ? ` ${random.below(4)}` : '';
  return `{{printf "%q" (findRE \`${pattern}\` "${subject}"${limit})}}{{replaceRE \`${pattern}\` "<$0|$1|$2>" "${subject}"}}`;
}

/** A random format with random values. */
export function generatePrint(random: Random): string {
  const count = 1 + random.below(3);
  let format = '';
  const operands: string[] = [];
  for (let index = 0; index < count; index += 1) {
    format += `${generateVerb(random)}|`;
    operands.push(generateNumber(random));
  }
  return `{{printf "${format}" ${operands.join(' ')}}}`;
}

/** Random code points through everything that knows letters, space or what can be printed. */
export function generateLetters(random: Random): string {
  let text = '';
  for (let count = 0; count < 8; count += 1) text += generateRune(random);
  return `{{$t := "${text}"}}{{upper $t}}|{{lower $t}}|{{title $t}}|{{firstUpper $t}}|{{printf "%q %+q %x" $t $t $t}}|{{js $t}}|{{jsonify $t}}|{{urlquery $t}}|{{trim $t}}|{{findRE \`(?i)${text}|\\pL+|\\p{Lu}\` $t}}`;
}
