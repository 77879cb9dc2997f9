import type { Matcher } from './node.ts';

const PERL: Readonly<Record<string, string>> = { d: '0-9', s: '\\t\\n\\f\\r ', w: '0-9A-Za-z_' };

const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/** `\d`, `\S`, …: undefined for other letters. */
export function perlClass(letter: string, ignoresCase: boolean): Matcher | undefined {
  const body = PERL[letter.toLowerCase()];
  if (body === undefined) return undefined;
  const matches = setMatcher(body, ignoresCase);
  return letter >= 'a' ? matches : negate(matches);
}

/** `[:alpha:]` by name, a leading `^` included: undefined for names that do not exist. */
export function posixClass(name: string, ignoresCase: boolean): Matcher | undefined {
  const isNegated = name.startsWith('^');
  const key = isNegated ? name.slice(1) : name;
  const body = Object.hasOwn(POSIX, key) ? POSIX[key] : undefined;
  if (body === undefined) return undefined;
  const matches = setMatcher(body, ignoresCase);
  return isNegated ? negate(matches) : matches;
}

const CATEGORY = /^(?:C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/;

/** `\p{Greek}`, `\pL`: undefined for names that do not exist. */
export function unicodeClass(name: string, ignoresCase: boolean): Matcher | undefined {
  if (name === 'Any') return () => true;
  if (CATEGORY.test(name)) return setMatcher(`\\p{${name}}`, ignoresCase);
  if (!/^[A-Z][A-Za-z_]+$/.test(name)) return undefined;
  try {
    return setMatcher(`\\p{Script=${name}}`, ignoresCase);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** From one code point to another, both included. */
export function rangeMatcher(from: number, to: number, ignoresCase: boolean): Matcher {
  if (!ignoresCase) return (code) => code >= from && code <= to;
  return setMatcher(`\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`, true);
}

export function negate(matches: Matcher): Matcher {
  return (code) => !matches(code);
}

/** JavaScript's own sets know Unicode; for a single code point they cannot take long. */
function setMatcher(body: string, ignoresCase: boolean): Matcher {
  const set = new RegExp(`^[${body}]$`, ignoresCase ? 'iu' : 'u');
  return (code) => set.test(String.fromCodePoint(code));
}
