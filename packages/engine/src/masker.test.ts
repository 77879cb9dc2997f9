import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MaskIndex } from './mask-index.ts';
import { Masker, maskText } from './masker.ts';

/** The stream after masking, for a text that arrives in pieces of `size` bytes. */
function masked(secrets: readonly string[], text: string, size: number): string {
  const masker = new Masker(new MaskIndex(secrets));
  const bytes = Buffer.from(text);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    out.push(...masker.write(bytes.subarray(at, at + size)).map((part) => Buffer.from(part)));
  }
  out.push(...masker.flush());
  return Buffer.concat(out).toString();
}

describe('masking', () => {
  const cases: readonly { title: string; secrets: readonly string[]; text: string; want: string }[] = [
    { title: 'a secret', secrets: ['hunter2'], text: 'pw=hunter2\n', want: 'pw=******\n' },
    { title: 'nothing without secrets', secrets: [], text: 'pw=hunter2', want: 'pw=hunter2' },
    { title: 'every occurrence', secrets: ['abc'], text: 'abc abcabc', want: '****** ************' },
    { title: 'a false start', secrets: ['abcd'], text: 'ababcabcd', want: 'ababc******' },
    { title: 'the longest of several', secrets: ['pass', 'password'], text: 'password', want: '******' },
    {
      title: 'a short secret that begins a longer one',
      secrets: ['pass', 'passport'],
      text: 'password',
      want: '******word',
    },
    {
      title: 'two that overlap, under one mask',
      secrets: ['abcd', 'cdef'],
      text: 'xabcdefx',
      want: 'x******x',
    },
    { title: 'one inside of another', secrets: ['abcdef', 'bcd'], text: 'abcdef bcd', want: '****** ******' },
    { title: 'one that repeats itself', secrets: ['aaa'], text: 'aaaaaaa', want: '******' },
    {
      title: 'each line of a value',
      secrets: ['line one\r\n  line two\n'],
      text: 'line two, line one',
      want: '******, ******',
    },
    { title: 'no value below three bytes', secrets: ['ab', 'x', ''], text: 'ab x', want: 'ab x' },
    { title: 'characters beyond ASCII', secrets: ['pässwörd'], text: 'ä pässwörd ö', want: 'ä ****** ö' },
    { title: 'an unfinished secret at the end', secrets: ['secret'], text: 'the secre', want: 'the secre' },
  ];
  const forms: readonly { title: string; secrets: readonly string[]; text: string; want: string }[] = [
    ...['******', 'eG******', 'eHh******'].map((want, before) => ({
      title: `a secret in base64, ${before} bytes after the start of three`,
      secrets: ['correct horse'],
      text: Buffer.from(`${'x'.repeat(before)}correct horse`).toString('base64'),
      want,
    })),
    {
      title: 'a long secret in base64 that is broken into lines',
      secrets: ['0123456789'.repeat(9)],
      text: Buffer.from('0123456789'.repeat(9)).toString('base64').replace(/.{76}/g, '$&\n'),
      want: '******\n******',
    },
    {
      title: 'a secret in base64 for URLs',
      secrets: ['a?>b?>c?>d'],
      text: Buffer.from('a?>b?>c?>d').toString('base64url'),
      want: '******',
    },
    {
      title: 'a secret in a URL',
      secrets: ['p@ss w/rd'],
      text: 'https://u:p%40ss%20w%2Frd@h/',
      want: 'https://u:******@h/',
    },
    { title: 'a secret in a form', secrets: ['p@ss w/rd'], text: 'a=p%40ss+w%2Frd&b', want: 'a=******&b' },
    { title: 'lower-case percent codes', secrets: ['p@ss/rd'], text: 'p%40ss%2frd', want: '******' },
    { title: 'a secret in JSON', secrets: ['a"b\\c'], text: '{"x":"a\\"b\\\\c"}', want: '{"x":"******"}' },
    {
      title: 'a secret of several lines in JSON',
      secrets: ['one two\nthree'],
      text: '"one two\\nthree"',
      want: '"******"',
    },
    {
      title: 'a secret in JSON as Go writes it',
      secrets: ['a<b&c>'],
      text: 'a\\u003cb\\u0026c\\u003e',
      want: '******',
    },
  ];
  for (const { title, secrets, text, want } of [...cases, ...forms]) {
    test(`hides ${title}, wherever the stream is cut`, () => {
      for (let size = 1; size <= Buffer.byteLength(text); size += 1) {
        assert.equal(masked(secrets, text, size), want, `pieces of ${size}`);
      }
    });
  }

  test('[pipeline 74] [runner 119] a secret written in two chunks is masked', () => {
    const masker = new Masker(new MaskIndex(['supersecret']));
    assert.equal(Buffer.concat([...masker.write(Buffer.from('token super'))]).toString(), 'token ');
    assert.equal(masker.isHolding, true);
    assert.equal(Buffer.concat([...masker.write(Buffer.from('secret\n'))]).toString(), '******\n');
    assert.equal(masker.isHolding, false);
  });

  test('[pipeline 72] a secret of two lines is masked when they are printed separately', () => {
    assert.equal(masked(['first\nsecond'], 'second and first', 4), '****** and ******');
  });

  test('[pipeline 73] a secret of one character is not masked', () => {
    assert.equal(masked(['x'], 'x marks it', 4), 'x marks it');
  });

  test('holds nothing back when the end cannot become a secret', () => {
    const masker = new Masker(new MaskIndex(['secret']));
    const chunk = Buffer.from('a prompt: ');
    assert.deepEqual(masker.write(chunk), [chunk]);
    assert.equal(masker.isHolding, false);
  });

  test('gives the bytes on without a copy when there is no secret', () => {
    const chunk = Buffer.from('anything');
    assert.equal(new Masker(new MaskIndex([])).write(chunk)[0], chunk);
  });

  test('masks the rest of a secret whose beginning was shown by a flush', () => {
    const masker = new Masker(new MaskIndex(['secret']));
    const out = [
      ...masker.write(Buffer.from('x sec')),
      ...masker.flush(),
      ...masker.write(Buffer.from('ret y')),
    ];
    assert.equal(Buffer.concat(out).toString(), 'x sec****** y');
  });

  test('shows what follows a flush that was no secret after all', () => {
    const masker = new Masker(new MaskIndex(['secret']));
    const out = [
      ...masker.write(Buffer.from('x sec')),
      ...masker.flush(),
      ...masker.write(Buffer.from('ond y')),
    ];
    assert.equal(Buffer.concat(out).toString(), 'x second y');
  });

  test('agrees with a plain search for random texts, secrets and cuts', () => {
    let seed = 42;
    const random = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      // The low bits of this generator repeat after a few calls.
      return Math.floor(seed / 65_536) % below;
    };
    const word = (length: number): string => Array.from({ length }, () => 'ab'.charAt(random(2))).join('');
    for (let round = 0; round < 2000; round += 1) {
      const secrets = Array.from({ length: 1 + random(3) }, () => word(3 + random(4)));
      const text = word(random(40));
      assert.equal(masked(secrets, text, 1 + random(6)), plainly(secrets, text), `${secrets} in ${text}`);
    }
  });

  test('masks error texts', () => {
    assert.equal(maskText(new MaskIndex(['hunter2']), 'bad login hunter2'), 'bad login ******');
  });
});

/** The specification as slow code: one mask per run of bytes that overlapping secrets cover. */
function plainly(secrets: readonly string[], text: string): string {
  let out = '';
  let coveredTo = 0;
  for (let at = 0; at < text.length; at += 1) {
    const longest = Math.max(
      0,
      ...secrets.filter((secret) => text.startsWith(secret, at)).map((s) => s.length),
    );
    if (longest > 0 && at >= coveredTo) out += '******';
    coveredTo = Math.max(coveredTo, longest > 0 ? at + longest : 0);
    if (at >= coveredTo) out += text.charAt(at);
  }
  return out;
}
