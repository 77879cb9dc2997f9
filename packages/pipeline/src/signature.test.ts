import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { readConfig } from './read.ts';
import { signatureOf, signConfig, verifySignature } from './signature.ts';

const DEPS = {
  hmacSha256: (key: string, text: string) => createHmac('sha256', key).update(text).digest('hex'),
};
const KEY = '589396227fff5a93ba934965e8735f88';
const FILE = 'kind: pipeline\nname: a\n';
const HMAC = 'd6a12cc7ec5cb2f750c52cf940389c854f392c530b5ce7641f8cf416bc0f7192';
const SIGNED = `${FILE}---\nkind: signature\nhmac: ${HMAC}\n`;

for (const [what, text] of [
  ['as it is', FILE],
  ['with a separator before', `---\n${FILE}`],
  ['without the last line end', FILE.trimEnd()],
  ['with carriage returns', FILE.replaceAll('\n', '\r\n')],
  ['with something after its end', `${FILE}...\njunk\n`],
  ['with a signature', SIGNED],
] as const) {
  test(`[pipeline 111] a file ${what} has the signature of its text`, () => {
    assert.equal(signatureOf(DEPS, text, KEY), HMAC);
  });
}

test('[pipeline 111] a blank line and further documents belong to the signed text', () => {
  assert.equal(
    signatureOf(DEPS, `${FILE}\n---\nkind: secret\n`, KEY),
    '5b9473ce6b539fd61d195a0fd9abed8bdfb1d7f92d043f707f4531221715a0bf',
  );
});

test('a signature fits its file and its key only', () => {
  assert.equal(verifySignature(DEPS, SIGNED, KEY), true);
  assert.equal(verifySignature(DEPS, SIGNED.toUpperCase().replace(FILE.toUpperCase(), FILE), KEY), false);
  assert.equal(verifySignature(DEPS, `# a note\n${SIGNED}`, KEY), false);
  assert.equal(verifySignature(DEPS, SIGNED, KEY.replace('5', '6')), false);
  assert.equal(verifySignature(DEPS, SIGNED, KEY.slice(1)), false);
  assert.equal(verifySignature(DEPS, FILE, KEY), false);
  assert.equal(verifySignature(DEPS, `${FILE}---\nkind: signature\nhmac: none\n`, KEY), false);
});

test('the first signature counts', () => {
  assert.equal(
    verifySignature(DEPS, `---\nkind: signature\nhmac: ${'0'.repeat(64)}\n---\n${SIGNED}`, KEY),
    false,
  );
});

for (const disguise of [
  'kind: signature\nkind: pipeline\nname: evil\n',
  'name: "\nkind: signature\n"\nkind: pipeline\n',
  'kind: pipeline # \nnote: |\n  kind: signature\n',
]) {
  test(`a pipeline does not pass as a signature: ${JSON.stringify(disguise)}`, () => {
    assert.equal(verifySignature(DEPS, `${SIGNED}---\n${disguise}`, KEY), false);
  });
}

test('signing writes what verifies, and replaces an older signature', () => {
  const signed = signConfig(DEPS, FILE, KEY);
  assert.equal(signed, `---\n${FILE}---\nkind: signature\nhmac: ${HMAC}\n\n...\n`);
  assert.equal(verifySignature(DEPS, signed, KEY), true);
  assert.equal(signConfig(DEPS, signed, KEY), signed);
});

test('a signature that cannot be one is a warning', () => {
  const { findings } = readConfig('kind: signature\nhmac: abc\n', { file: 'f' });
  assert.deepEqual(
    findings.map(({ line, code, severity }) => [line, code, severity]),
    [[2, 'bad-signature', 'warning']],
  );
  assert.deepEqual(readConfig(SIGNED, { file: 'f' }).findings, []);
});
