import { createHash } from 'node:crypto';
import { float, type GoValue, record, stringMap } from '../data.ts';
import { renderTemplate } from '../render.ts';
import { TemplateError } from '../template-error.ts';
import { intlZone } from '../time/intl-zone.ts';
import { FUNCTION_CASES } from './cases/functions.ts';
import { PATTERN_CASES } from './cases/patterns.ts';
import { PRINTF_CASES } from './cases/printf.ts';
import { SYNTAX_CASES } from './cases/syntax.ts';
import { TIME_CASES, ZONE_CASES } from './cases/times.ts';
import { VALUE_CASES } from './cases/values.ts';

/** Name of the main template of every case. */
export const CASE_NAME = 'main';

/** All hand-made cases by subject. */
export const CASES: Readonly<Record<string, readonly string[]>> = {
  syntax: SYNTAX_CASES,
  values: VALUE_CASES,
  printf: PRINTF_CASES,
  functions: FUNCTION_CASES,
  patterns: PATTERN_CASES,
  times: TIME_CASES,
  zones: ZONE_CASES,
};

/** What came of a case: the text, or the class of the error and its line. */
export interface Answer {
  readonly kind: 'ok' | 'syntax' | 'execution' | 'limit' | 'request';
  readonly output?: string;
  readonly error?: string;
  readonly line?: number;
}

/** Renders a case with everything that a caller can provide; only `TemplateError` is an answer. */
export function answerCase(source: string, data: GoValue): Answer {
  try {
    const output = renderTemplate(source, {
      name: CASE_NAME,
      data,
      now: () => 1_700_000_000_123,
      zones: intlZone,
      hashes: { md5: hashWith('md5'), sha1: hashWith('sha1'), sha256: hashWith('sha256') },
    });
    return { kind: 'ok', output };
  } catch (error) {
    if (error instanceof TemplateError) return { kind: error.kind, error: error.message, line: error.line };
    throw error;
  }
}

function hashWith(algorithm: string): (bytes: Uint8Array) => string {
  return (bytes) => createHash(algorithm).update(bytes).digest('hex');
}

/** The data of the hand-made cases: functions as well. */
export function caseData(): Record<string, GoValue> {
  return {
    ...plainData(),
    count: (...args) => args.length,
    fail: () => {
      throw new Error('failed on purpose');
    },
  };
}

/** The data of the generated cases; Go would print functions as addresses. */
export function plainData(): Record<string, GoValue> {
  return {
    name: 'World',
    empty: '',
    umlaut: 'größe – ß',
    html: `<a href="x">'&'</a>`,
    lines: 'one\ntwo\r\nthree\n',
    padded: ' \t x y \n',
    json: '{"b":[1,2.5,"x",null,true],"a":{"<k>":"é"},"n":1e21}',
    zero: 0,
    one: 1,
    n: 42,
    negative: -7,
    big: 9007199254740993n,
    huge: 9223372036854775807n,
    ratio: 3.25,
    whole: float(3),
    tiny: 1e-7,
    large: 1.5e300,
    negativeZero: float(-0),
    yes: true,
    no: false,
    nil: null,
    list: ['a', 'b', 'c'],
    mixed: [1, 'two', 3.5, true, null, ['x']],
    none: [],
    map: { b: 2, a: 1, c: { d: 'deep' } },
    noMap: {},
    strings: stringMap({ K: 'v', L: 'w' }),
    steps: [
      { name: 'build', image: 'go', commands: ['go build', 'go test'] },
      { name: 'deploy', image: 'sh', commands: [] },
    ],
    build: record({ Event: 'push', Number: 7, Target: 'main', Debug: false, Params: { X: '1' } }),
  };
}
