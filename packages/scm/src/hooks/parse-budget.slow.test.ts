import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertQuick } from '@sortie/testing/cpu-time';
import { parse, recordedWebhook, signedWebhook } from '../gogs/gogs.fixture.ts';
import { MAX_WEBHOOK_BYTES } from '../webhook-body.ts';
import { deliver, deliveryOf, pushOf, SERVICES, summary } from './test-deliveries.ts';

/** scm.md X11. What is tried here needs a small part of it, so that a slow machine keeps to it too. */
const BUDGET_MS = 2_000;
const FORM = 'application/x-www-form-urlencoded';

interface Parser {
  readonly name: string;
  /** Bodies of a push and of a pull request, as text. */
  readonly samples: readonly { readonly event: string; readonly text: string }[];
  readonly takesForms: boolean;
  /** Signs, opens, verifies and maps; says what became of it. */
  run(event: string, body: Uint8Array, type?: string): string;
}

const PULLS: Readonly<Record<string, string>> = {
  gitlab: 'merge-request-open',
  bitbucket: 'pull-created',
};

const PARSERS: readonly Parser[] = [
  {
    name: 'gogs',
    takesForms: true,
    samples: ['push-1-commit', 'pr-fork-open'].map((name) => {
      const { headers, rawBody } = recordedWebhook(name);
      // Without the blanks.
      return {
        event: String(headers['x-gogs-event']),
        text: JSON.stringify(JSON.parse(Buffer.from(rawBody).toString())),
      };
    }),
    run: (event, body, type = 'application/json') =>
      parse(signedWebhook(event, body, { 'content-type': type })).kind,
  },
  ...SERVICES.map((service): Parser => {
    const pull = deliveryOf(service, PULLS[service.name] ?? 'pull-opened');
    const samples = [pushOf(service), pull].map(({ event, body }) => ({ event, text: JSON.stringify(body) }));
    const takesForms = ['gitea', 'forgejo', 'github'].includes(service.name);
    const run: Parser['run'] = (event, body, type) =>
      summary(deliver(service, event, body, { headers: { 'content-type': type } }));
    return { name: service.name, samples, takesForms, run };
  }),
];

/** As many parts as fit into the room, joined by commas. */
function parts(room: number, part: (at: number) => string, most = Number.POSITIVE_INFINITY): string {
  const made: string[] = [];
  for (let [at, length] = [0, 0]; at < most; at += 1) {
    const next = part(at);
    length += next.length + 1;
    if (length > room) break;
    made.push(next);
  }
  return made.join(',');
}

const repeat = (room: number, part: string) => part.repeat(Math.floor(room / part.length));
const escaped = (word: string) =>
  [...word].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
const DEEP = 55;

/** What fills a body: members that a parser reads over, by what they are made of. Each ends with a comma. */
const FILLINGS: Readonly<Record<string, (room: number) => string>> = {
  'members of many names': (room) => `"x":{${parts(room, (at) => `"k${at.toString(36)}":0`)}},`,
  'as many members as are read': (room) =>
    `"x":{${parts(room, (at) => `"k${at.toString(36)}":0`, 490_000)}},`,
  'objects that are all made otherwise': (room) =>
    `"x":[${parts(room, (at) => `{"k${at.toString(36)}":0}`)}],`,
  'as many of them as are read': (room) =>
    `"x":[${parts(room, (at) => `{"k${at.toString(36)}":0}`, 245_000)}],`,
  'deep lists': (room) => `"x":[${parts(room, () => '['.repeat(DEEP) + ']'.repeat(DEEP))}],`,
  'as many deep lists as are read': (room) =>
    `"x":[${parts(room, () => '['.repeat(DEEP) + ']'.repeat(DEEP), 4_400)}],`,
  'the same name again and again': (room) => `"x":{${parts(room, () => '"a":{}')}},`,
  'as many of the same name as are read': (room) => `"x":{${parts(room, () => '"a":{}', 245_000)}},`,
  'names that are numbers': (room) =>
    `"x":{${parts(room, (at) => `"${4_294_967_294 - at * 4096}":0`, 490_000)}},`,
  'names in escapes': (room) => `"x":{${parts(room, (at) => `"${escaped(at.toString(36))}":0`, 490_000)}},`,
  'a text in escapes': (room) => `"x":"${repeat(room, '\\ud83d\\ude80')}",`,
  'a number of ten million digits': (room) => `"x":${repeat(room, '9')},`,
  'numbers between two others': (room) =>
    `"x":[${parts(room, () => `9007199254740993.${'0'.repeat(740)}1`)}],`,
  'the smallest numbers': (room) => `"x":[${parts(room, () => '2.2250738585072011e-308')}],`,
  nulls: (room) => `"x":[${parts(room, () => 'null')}],`,
  blanks: (room) => repeat(room, ' '),
};

const ROOM = MAX_WEBHOOK_BYTES - 200_000;
/** Whatever grows with the square of it needs minutes already. */
const TEXT_ROOM = 1_000_000;
const LONG = ['a/', '\n', '\\', '..', ' \t', '[skip ci', 'http://'];

function runQuickly(run: Parser['run'], event: string, body: string | Uint8Array, type?: string): string {
  const bytes = Buffer.from(body);
  assert.ok(bytes.length <= MAX_WEBHOOK_BYTES);
  let outcome = '';
  assertQuick(() => {
    outcome = run(event, bytes, type);
  }, BUDGET_MS);
  return outcome;
}

for (const [what, fill] of Object.entries(FILLINGS)) {
  it(`[scm X11] ten mebibytes of ${what} are read, verified and mapped or refused within two seconds`, () => {
    const filling = fill(ROOM);
    for (const { name, samples, run } of PARSERS) {
      const [push] = samples;
      assert.ok(push);
      assert.match(
        runQuickly(run, push.event, `{${filling}${push.text.slice(1)}`),
        /^(build|refused)$/,
        name,
      );
    }
  });
}

for (const { name, samples, takesForms, run } of PARSERS) {
  describe(`ten mebibytes from ${name}`, () => {
    const [push, pull] = samples;
    assert.ok(push && pull);
    const quick = (event: string, body: string | Uint8Array, type?: string): string =>
      runQuickly(run, event, body, type);

    it('[scm X11] of ten thousand commits are read within two seconds, and of more refused', () => {
      const list = /"(commits|changes)":\[/.exec(push.text);
      assert.ok(list);
      const at = list.index + list[0].length;
      const body: unknown = JSON.parse(push.text);
      const element = firstOf(body, list[1] ?? '');
      const padded = JSON.stringify({ ...element, padding: 'x'.repeat(1_000) }).slice(0, 4_000);
      const big = (count: number, one: string) =>
        `${push.text.slice(0, at)}${`${one},`.repeat(count)}${push.text.slice(at)}`;
      const most = Math.min(9_000, Math.floor(ROOM / padded.length));
      assert.match(quick(push.event, big(most, padded)), /^(build ?)+( ?ignored)?$/);
      const small = big(10_001, '{}');
      if (list[1] === 'commits') assert.equal(quick(push.event, small), 'refused');
      else assert.match(quick(push.event, small), /^(build|ignored|refused)/);
      assert.match(quick(push.event, big(Math.floor(ROOM / 5), 'null')), /^(build|ignored|refused)/);
    });

    it('[scm X11] are read as quickly when one text takes all of them, wherever it stands', () => {
      for (const { event, text } of samples) {
        for (const [path, original] of textsOf(JSON.parse(text))) {
          const piece = LONG[path.join('').length % LONG.length] ?? 'a';
          const long = `${original}${repeat(TEXT_ROOM, piece)}${original}`;
          quick(event, JSON.stringify(changed(JSON.parse(text), path, long)));
        }
      }
    });

    if (takesForms)
      it('[scm X11] of a form are decoded within two seconds', () => {
        for (const piece of ['%41', '+', 'a%41+', '%C3%A9', 'a'])
          assert.equal(quick(push.event, `payload=${repeat(ROOM, piece)}`, FORM), 'refused');
        for (const piece of ['&', 'payload=&', 'x=1&', '%', '&payload'])
          assert.equal(quick(push.event, repeat(ROOM, piece), FORM), 'refused');
        const full = `payload=${encodeURIComponent(push.text)}&x=${repeat(ROOM, '&')}`;
        assert.notEqual(quick(push.event, full, FORM), '');
      });
  });
}

/** Every text of a body, with the way to it. */
function textsOf(
  value: unknown,
  path: readonly string[] = [],
): readonly (readonly [readonly string[], string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, [...path, key]));
}

function changed(value: unknown, [key, ...rest]: readonly string[], text: string): unknown {
  if (key === undefined) return text;
  const inner = changed(Reflect.get(Object(value), key), rest, text);
  return Array.isArray(value) ? value.with(Number(key), inner) : { ...Object(value), [key]: inner };
}

/** The first element of the first list of that name. */
function firstOf(value: unknown, name: string): object {
  const lists = JSON.stringify(value).split(`"${name}":`)[1] ?? '';
  let depth = 0;
  for (let at = 0; at < lists.length; at += 1) {
    if (lists[at] === '{') depth += 1;
    if (lists[at] === '}') depth -= 1;
    if (lists[at] === '}' && depth === 0)
      return JSON.parse(lists.slice(lists.indexOf('{'), at + 1)) as object;
  }
  throw new Error(`there is no list ${name}`);
}
