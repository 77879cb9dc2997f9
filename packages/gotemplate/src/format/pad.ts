import { countRunes } from '../text/bytes.ts';
import type { Flags } from './flags.ts';

/** Fills up to the width, which counts code points: on the right with `-`, with zeros with `0`. */
export function pad(flags: Flags, text: string): string {
  if (flags.width === undefined || flags.width === 0) return text;
  const padding = fill(flags, flags.width - countRunes(text));
  return flags.minus ? text + padding : padding + text;
}

/** As `pad`, never with zeros. */
export function padWithSpaces(flags: Flags, text: string): string {
  return pad({ ...flags, zero: false }, text);
}

/** So many fill characters. */
export function fill(flags: Flags, count: number): string {
  return (flags.zero && !flags.minus ? '0' : ' ').repeat(Math.max(count, 0));
}
