import {
  isCased,
  isDigit,
  isLetter,
  isLower,
  isSpace,
  isTitle,
  isUpper,
  toLower,
  toTitle,
  toUpper,
} from '../text/unicode.ts';
import { encodeRune, runes } from '../text/utf8.ts';
import type { Call } from '../values/value.ts';
import { checkPositional, type Method } from './arguments.ts';

/** Methods that look at the kind of each code point, or change its case. */
export const CASE_METHODS: readonly (readonly [string, Method<string>])[] = [
  [
    'capitalize',
    (text, call) => mapRunes(text, call, (code, index) => (index === 0 ? toTitle(code) : toLower(code))),
  ],
  ['isalnum', (text, call) => every(text, call, (code) => isLetter(code) || isDigit(code))],
  ['isalpha', (text, call) => every(text, call, isLetter)],
  ['isdigit', (text, call) => every(text, call, isDigit)],
  ['islower', (text, call) => isCasedLike(text, call, toLower)],
  ['isspace', (text, call) => every(text, call, isSpace)],
  ['istitle', isTitleText],
  ['isupper', (text, call) => isCasedLike(text, call, toUpper)],
  ['lower', (text, call) => mapRunes(text, call, toLower)],
  ['title', titleText],
  ['upper', (text, call) => mapRunes(text, call, toUpper)],
];

function begin(text: string, call: Call): void {
  checkPositional(call, 0, 0);
  call.meter.work(text.length);
  call.meter.allocate(text.length);
}

function mapRunes(text: string, call: Call, map: (code: number, index: number) => number): string {
  begin(text, call);
  const parts: string[] = [];
  for (const { code } of runes(text)) parts.push(encodeRune(map(code, parts.length)));
  return parts.join('');
}

function every(text: string, call: Call, test: (code: number) => boolean): boolean {
  begin(text, call);
  for (const { code } of runes(text)) {
    if (!test(code)) return false;
  }
  return text !== '';
}

function isCasedLike(text: string, call: Call, map: (code: number) => number): boolean {
  begin(text, call);
  let hasCase = false;
  for (const { code, size } of runes(text)) {
    hasCase ||= isCased(code);
    // An invalid byte is never equal to its mapping, which is U+FFFD.
    if (map(code) !== code || (code === 0xfffd && size === 1)) return false;
  }
  return hasCase;
}

/** Upper case may only follow what has no case, lower case only what has one. */
function isTitleText(text: string, call: Call): boolean {
  begin(text, call);
  let hasCase = false;
  let isInWord = false;
  for (const { code } of runes(text)) {
    const isStart = (code >= 0x41 && code <= 0x5a) || isTitle(code);
    if (!isStart && !isLower(code)) {
      if (isUpper(code)) return false;
      isInWord = false;
      continue;
    }
    if (isStart === isInWord) return false;
    isInWord = true;
    hasCase = true;
  }
  return hasCase;
}

function titleText(text: string, call: Call): string {
  let isInWord = false;
  return mapRunes(text, call, (code) => {
    const mapped = isInWord ? toLower(code) : toTitle(code);
    isInWord = isCased(mapped);
    return mapped;
  });
}
