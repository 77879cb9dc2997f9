import { countRunes, splitRunes } from '../text/bytes.ts';
import type { Flags } from './flags.ts';
import { fill, pad } from './pad.ts';
import { canBackquote, quote } from './quote.ts';

/** A string under one verb; undefined when the verb is not for strings. */
export function formatText(flags: Flags, text: string, verb: string): string | undefined {
  switch (verb) {
    case 'v':
      return flags.sharpV ? formatQuoted(flags, text) : pad(flags, truncate(flags, text));
    case 's':
      return pad(flags, truncate(flags, text));
    case 'q':
      return formatQuoted(flags, text);
    case 'x':
    case 'X':
      return formatHex(flags, text, verb);
    default:
      return undefined;
  }
}

function truncate({ precision }: Flags, text: string): string {
  if (precision === undefined || countRunes(text) <= precision) return text;
  return splitRunes(text).slice(0, precision).join('');
}

function formatQuoted(flags: Flags, text: string): string {
  const shown = truncate(flags, text);
  return pad(flags, flags.sharp && canBackquote(shown) ? `\`${shown}\`` : quote(shown, flags.plus));
}

function formatHex(flags: Flags, text: string, verb: string): string {
  const shown = text.slice(0, flags.precision);
  if (shown === '') return fill(flags, flags.width ?? 0);
  const prefix = flags.sharp ? `0${verb}` : '';
  const pairs = [...shown].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0'));
  const digits = verb === 'X' ? pairs.map((pair) => pair.toUpperCase()) : pairs;
  const hex = flags.space ? digits.map((pair) => prefix + pair).join(' ') : prefix + digits.join('');
  const padding = fill(flags, (flags.width ?? 0) - hex.length);
  return flags.minus ? hex + padding : padding + hex;
}
