import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCommit } from './commit.ts';
import { parsePushOptions } from './push-options.ts';
import { isRefName } from './refs.ts';
import { parseRoute } from './route.ts';
import { parseBasic } from './sign-in.ts';
import { parseTree } from './tree.ts';

test('[scm B13] an address is read without decoding, and only ASCII is taken', () => {
  const demo = { namespace: 'me', name: 'demo.x' };
  assert.deepEqual(parseRoute('GET', '/git/Me/Demo.X.git/info/refs?service=git-upload-pack'), {
    ...demo,
    service: 'git-upload-pack',
    phase: 'advertise',
  });
  assert.deepEqual(parseRoute('POST', '/git/me/demo.x/git-receive-pack'), {
    ...demo,
    service: 'git-receive-pack',
    phase: 'rpc',
  });
  // The Kelvin sign would be lower-cased to a plain k; the others are look-alikes of dot and slash.
  for (const name of ['\u212a', 'a\u2024\u2024', 'a\uff0fb', '\u202edemo', 'x.git.git', 'x\n', 'x\0']) {
    assert.throws(() => parseRoute('POST', `/git/me/${name}/git-receive-pack`), { code: 'not-found' }, name);
  }
  assert.throws(() => parseRoute('GET', '/git/api/x/info/refs?service=git-upload-pack'), {
    hint: /another one/,
  });
});

test('[scm X21] a ref name is one that git allows, and never leads out of its folder', () => {
  for (const good of ['refs/heads/main', 'refs/tags/v1.0', 'refs/heads/-x', 'refs/heads/\u00fc/a@b']) {
    assert.equal(isRefName(good), true, good);
  }
  const bad = [
    'main',
    'HEAD',
    '--upload-pack=x',
    'refs/',
    'refs/heads/',
    'refs//x',
    'refs/heads/../x',
    'refs/heads/.x',
    'refs/heads/x.lock',
    'refs/heads/x.',
    'refs/heads/a b',
    'refs/heads/a\nb',
    'refs/heads/a^',
    'refs/heads/a~1',
    'refs/heads/a:b',
    'refs/heads/@{1}',
    'refs/heads/a\\b',
    `refs/heads/${'x'.repeat(1024)}`,
  ];
  for (const name of bad) assert.equal(isRefName(name), false, name);
});

test('[scm B9] push options give skip and parameters; the rest is named in warnings', () => {
  assert.deepEqual(parsePushOptions(['ci.skip', 'ci.param.A=', 'ci.param.__proto__=x']), {
    isSkip: true,
    params: Object.fromEntries([
      ['A', ''],
      ['__proto__', 'x'],
    ]),
    warnings: [],
  });
  const { params, warnings } = parsePushOptions([
    'ci.param.=x',
    'ci.param.A',
    'ci.param.A B=x',
    `ci.param.LONG=${'x'.repeat(5_000)}`,
    'y'.repeat(500),
  ]);
  assert.deepEqual(params, {});
  assert.equal(warnings.length, 5);
  assert.ok(warnings.every((warning) => warning.length < 200));
});

test('basic credentials may hold colons and umlauts; broken ones are none', () => {
  const encode = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  assert.deepEqual(parseBasic(encode('m\u00fc:a:b')), { login: 'm\u00fc', password: 'a:b' });
  assert.deepEqual(parseBasic(encode(':token')), { login: '', password: 'token' });
  for (const bad of ['', 'Basic', 'Basic !', 'Bearer abc', encode('nocolon'), encode('a\0:b')]) {
    assert.equal(parseBasic(bad), undefined, bad);
  }
});

test('a commit with a signature, another encoding and two parents is read', () => {
  const bytes = Buffer.from(
    [
      `tree ${'a'.repeat(40)}`,
      `parent ${'b'.repeat(40)}`,
      `parent ${'c'.repeat(40)}`,
      'author J\u00fcrgen <j@example.com> 1700000000 +0200',
      'committer A <a@example.com> 1700000001 -0700',
      'encoding ISO-8859-1',
      'gpgsig -----BEGIN',
      ' author Evil <evil@example.com> 1 +0000',
      ' -----END',
      '',
      'gr\u00fc\u00dfe\n',
    ].join('\n'),
    'latin1',
  );
  const commit = parseCommit('d'.repeat(40), bytes);
  assert.deepEqual(commit.author, { name: 'J\u00fcrgen', email: 'j@example.com', date: 1_700_000_000 });
  assert.equal(commit.committer.date, 1_700_000_001);
  assert.equal(commit.message, 'gr\u00fc\u00dfe\n');
  assert.equal(commit.parents.length, 2);
});

test('a malformed commit gives empty fields, and NUL never comes out', () => {
  const commit = parseCommit('d'.repeat(40), Buffer.from('author no mail\nencoding klingon\n\na\0b'));
  assert.deepEqual(commit.author, { name: '', email: '', date: 0 });
  assert.equal(commit.message, 'ab');
  assert.equal(parseCommit('d'.repeat(40), Buffer.from('')).message, '');
});

test('a tree gives names and kinds, and stops where it is cut', () => {
  const id = Buffer.alloc(20, 0xab);
  const entry = (mode: string, name: string): Buffer => Buffer.concat([Buffer.from(`${mode} ${name}\0`), id]);
  const bytes = Buffer.concat([
    entry('100755', 'run me'),
    entry('40000', 'src'),
    entry('120000', 'link'),
    entry('160000', 'sub'),
  ]);
  assert.deepEqual(
    parseTree(bytes).map(({ name, kind }) => [name, kind]),
    [
      ['run me', 'file'],
      ['src', 'directory'],
      ['link', 'symlink'],
      ['sub', 'submodule'],
    ],
  );
  assert.equal(parseTree(bytes)[0]?.id, 'ab'.repeat(20));
  assert.equal(parseTree(bytes.subarray(0, -1)).length, 3);
});
