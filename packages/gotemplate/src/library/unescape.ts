import { encodeRune } from '../text/bytes.ts';

/** Names of U+00A0 to U+00FF in order; these also work without a semicolon. */
const LATIN =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute ' +
  'micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig ' +
  'Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash ' +
  'Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ' +
  'ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc ' +
  'uuml yacute thorn yuml';

/** The other names of HTML 4, as `name:hexadecimal`. */
const SYMBOLS =
  'apos:27 OElig:152 oelig:153 Scaron:160 scaron:161 Yuml:178 fnof:192 circ:2c6 tilde:2dc Alpha:391 Beta:392 ' +
  'Gamma:393 Delta:394 Epsilon:395 Zeta:396 Eta:397 Theta:398 Iota:399 Kappa:39a Lambda:39b Mu:39c Nu:39d Xi:39e ' +
  'Omicron:39f Pi:3a0 Rho:3a1 Sigma:3a3 Tau:3a4 Upsilon:3a5 Phi:3a6 Chi:3a7 Psi:3a8 Omega:3a9 alpha:3b1 beta:3b2 ' +
  'gamma:3b3 delta:3b4 epsilon:3b5 zeta:3b6 eta:3b7 theta:3b8 iota:3b9 kappa:3ba lambda:3bb mu:3bc nu:3bd xi:3be ' +
  'omicron:3bf pi:3c0 rho:3c1 sigmaf:3c2 sigma:3c3 tau:3c4 upsilon:3c5 phi:3c6 chi:3c7 psi:3c8 omega:3c9 ' +
  'thetasym:3d1 upsih:3d2 piv:3d6 ensp:2002 emsp:2003 thinsp:2009 zwnj:200c zwj:200d lrm:200e rlm:200f ndash:2013 ' +
  'mdash:2014 lsquo:2018 rsquo:2019 sbquo:201a ldquo:201c rdquo:201d bdquo:201e dagger:2020 Dagger:2021 bull:2022 ' +
  'hellip:2026 permil:2030 prime:2032 Prime:2033 lsaquo:2039 rsaquo:203a oline:203e frasl:2044 euro:20ac image:2111 ' +
  'weierp:2118 real:211c trade:2122 alefsym:2135 larr:2190 uarr:2191 rarr:2192 darr:2193 harr:2194 crarr:21b5 ' +
  'lArr:21d0 uArr:21d1 rArr:21d2 dArr:21d3 hArr:21d4 forall:2200 part:2202 exist:2203 empty:2205 nabla:2207 ' +
  'isin:2208 notin:2209 ni:220b prod:220f sum:2211 minus:2212 lowast:2217 radic:221a prop:221d infin:221e ang:2220 ' +
  'and:2227 or:2228 cap:2229 cup:222a int:222b there4:2234 sim:223c cong:2245 asymp:2248 ne:2260 equiv:2261 le:2264 ' +
  'ge:2265 sub:2282 sup:2283 nsub:2284 sube:2286 supe:2287 oplus:2295 otimes:2297 perp:22a5 sdot:22c5 lceil:2308 ' +
  'rceil:2309 lfloor:230a rfloor:230b lang:27e8 rang:27e9 loz:25ca spades:2660 clubs:2663 hearts:2665 diams:2666';

const ALSO_WITHOUT_SEMICOLON: Readonly<Record<string, number>> = {
  amp: 0x26,
  lt: 0x3c,
  gt: 0x3e,
  quot: 0x22,
  AMP: 0x26,
  LT: 0x3c,
  GT: 0x3e,
  QUOT: 0x22,
  COPY: 0xa9,
  REG: 0xae,
};

/** What browsers read for the C1 controls 0x80 to 0x9F: the signs of Windows-1252. */
const WINDOWS_1252 =
  '20ac 81 201a 192 201e 2026 2020 2021 2c6 2030 160 2039 152 8d 17d 8f 90 2018 2019 201c 201d 2022 2013 2014 2dc ' +
  '2122 161 203a 153 9d 17e 178';

/** Replaces numeric character references and the named ones of HTML 4; unknown names stay as they are. */
export function unescapeHtml(text: string): string {
  if (!text.includes('&')) return text;
  const names = collectNames();
  return text.replace(
    /&(?:#([xX]?)([0-9a-fA-F]*)(;?)|([A-Za-z][A-Za-z0-9]*)(;?))/g,
    (
      whole: string,
      hex: string | undefined,
      digits: string,
      close: string,
      name: string | undefined,
      end: string,
    ) => (name === undefined ? numeric(whole, hex ?? '', digits, close) : (named(names, name, end) ?? whole)),
  );
}

interface Names {
  /** Names that also work without a semicolon. */
  readonly bare: ReadonlyMap<string, number>;
  readonly closed: ReadonlyMap<string, number>;
}

function collectNames(): Names {
  const bare = new Map(Object.entries(ALSO_WITHOUT_SEMICOLON));
  LATIN.split(' ').forEach((name, index) => {
    bare.set(name, 0xa0 + index);
  });
  const closed = new Map(bare);
  for (const symbol of SYMBOLS.split(' ')) {
    const [name = '', code = ''] = symbol.split(':');
    closed.set(name, Number.parseInt(code, 16));
  }
  return { bare, closed };
}

function numeric(whole: string, hex: string, digits: string, close: string): string {
  // `&#x;` counts as the number zero, `&#;` and `&#x` as text.
  if (hex !== '') return digits + close === '' ? whole : encodeReference(Number.parseInt(`0${digits}`, 16));
  const decimal = /^[0-9]+/.exec(digits)?.[0];
  if (decimal === undefined) return whole;
  // A letter ends a decimal number and stays.
  const rest = digits.slice(decimal.length);
  return encodeReference(Number.parseInt(decimal, 10)) + rest + (rest === '' ? '' : close);
}

function encodeReference(code: number): string {
  if (code >= 0x80 && code <= 0x9f)
    return encodeRune(Number.parseInt(WINDOWS_1252.split(' ')[code - 0x80] ?? 'fffd', 16));
  return encodeRune(code === 0 || code > 0x10ffff ? 0xfffd : code);
}

function named(names: Names, name: string, end: string): string | undefined {
  const code = end === ';' ? names.closed.get(name) : undefined;
  if (code !== undefined) return encodeRune(code);
  // Without a semicolon the longest known name counts, and what follows it stays.
  for (let length = Math.min(name.length, 6); length > 1; length -= 1) {
    const known = names.bare.get(name.slice(0, length));
    if (known !== undefined) return encodeRune(known) + name.slice(length) + end;
  }
  return undefined;
}
