import { float, type GoValue, record, stringMap } from '../data.ts';

/** The data that every hand-made and generated case sees. */
export function caseData(): GoValue {
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
    count: () => null,
    fail: () => null,
  };
}
