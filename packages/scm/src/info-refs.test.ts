import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertQuick } from '@sortie/testing/cpu-time';
import { recordedAnswer } from './gogs/gogs.fixture.ts';
import { createRefsParser } from './info-refs.ts';

const SHA = 'a'.repeat(40);
const packet = (line: string) => (Buffer.byteLength(line) + 4).toString(16).padStart(4, '0') + line;
const HEAD = `${packet('# service=git-upload-pack\n')}0000`;

function read(bytes: Uint8Array, wanted?: readonly string[], size = bytes.length) {
  const parser = createRefsParser(wanted);
  const take = parser.restart();
  let used = 0;
  for (let at = 0; at < bytes.length; at += size) {
    used = Math.min(bytes.length, at + size);
    if (take(bytes.subarray(at, used))) break;
  }
  return { refs: parser.refs(), used };
}

describe('advertised refs', () => {
  it('[scm A14] a recorded advertisement has peeled tags, however it is cut into chunks', () => {
    const bytes = Buffer.from(String(recordedAnswer('git-info-refs-public-no-auth')));
    const whole = read(bytes).refs;
    assert.match(whole.get('refs/heads/feature/a/b')?.sha ?? '', /^0c5525/);
    const tag = whole.get('refs/tags/v1.1.0');
    assert.deepEqual([tag?.sha.slice(0, 6), tag?.peeled?.slice(0, 6)], ['ea5573', 'b6a873']);
    assert.deepEqual([...read(bytes, undefined, 7).refs], [...whole]);
  });

  it('[scm A17] an empty repository has no refs', () => {
    assert.equal(read(Buffer.from(String(recordedAnswer('git-info-refs-empty-repo')))).refs.size, 0);
  });

  it('[scm A18] of 200,000 refs only the beginning is read when the wanted one is there', () => {
    const names = Array.from(
      { length: 200_000 },
      (_, index) => `refs/heads/b${String(index).padStart(6, '0')}`,
    );
    const bytes = Buffer.from(HEAD + names.map((name) => packet(`${SHA} ${name}\n`)).join(''));
    const { refs, used } = read(bytes, ['refs/heads/b000100'], 65_536);
    assert.equal(refs.size, 1);
    assert.ok(used <= 65_536);
    assertQuick(() => assert.equal(read(bytes, ['refs/heads/none'], 65_536).used, bytes.length), 5_000);
  });

  it('a wanted tag is read with the line that peels it', () => {
    const lines = [
      `${SHA} refs/heads/a`,
      `${SHA} refs/tags/t`,
      `${'b'.repeat(40)} refs/tags/t^{}`,
      `${SHA} refs/tags/u`,
    ];
    const bytes = Buffer.from(HEAD + lines.map((line) => packet(`${line}\n`)).join(''));
    assert.equal(read(bytes, ['refs/tags/t'], 10).refs.get('refs/tags/t')?.peeled, 'b'.repeat(40));
    assert.equal(read(bytes, ['refs/tags/u'], 10).refs.get('refs/tags/u')?.peeled, undefined);
  });

  it('what is no pkt-line is malformed', () => {
    for (const text of ['<html>', 'zzzz', '0001', '0003x'])
      assert.throws(() => read(Buffer.from(text)), /broken list of refs/, text);
  });
});
