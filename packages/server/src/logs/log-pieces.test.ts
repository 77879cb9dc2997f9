import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openFileLogStore } from './file-log-store.ts';
import type { LogPieces } from './log-store.ts';

const KEY = '1/2/3';
const LIMIT = { limitBytes: 100_000 };

function pieces(firstPos: number, ...texts: readonly string[]): LogPieces {
  const parts = texts.map((text) => Buffer.from(text));
  return {
    firstPos,
    lengths: Uint32Array.from(parts, ({ length }) => length),
    bytes: Buffer.concat(parts),
    seconds: [{ offset: 0, second: firstPos }],
  };
}

describe('a log that comes in pieces with positions', () => {
  let folder: string;
  let store: ReturnType<typeof openFileLogStore>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sortie-log-pieces-'));
    store = openFileLogStore({ folder });
  });
  afterEach(async () => {
    await store.stop();
    await rm(folder, { recursive: true });
  });

  const append = (given: LogPieces) => store.appendPieces(KEY, given, LIMIT);
  const file = (extension: string) => join(folder, `${KEY}.${extension}`);
  const files = async () => (await readdir(join(folder, '1/2'))).sort();
  async function text(): Promise<string> {
    return Buffer.from((await store.read(KEY, { fromOffset: 0, maxBytes: 100_000 })).bytes).toString();
  }
  async function crash(damage: () => Promise<void>): Promise<void> {
    await store.stop();
    await damage();
    store = openFileLogStore({ folder });
  }

  it('knows after a restart which pieces it has', async () => {
    await append(pieces(0, 'a\n', 'b', 'c\n'));
    await crash(async () => undefined);
    await append(pieces(1, 'b', 'c\n', 'd\n'));
    assert.equal(await text(), 'a\nbc\nd\n');
  });

  for (const lost of [1, 5, 29, 30]) {
    it(`goes on when a crash has torn the last ${lost} bytes off its index`, async () => {
      await append(pieces(0, 'a\n'));
      await append(pieces(1, 'b\n'));
      await crash(async () => truncate(file('pos'), (await stat(file('pos'))).size - lost));
      await append(pieces(2, 'c\n'));
      await append(pieces(2, 'c\n', 'd\n'));
      const said = '[sortie: 1 line is missing here, the runner did not send them]\n';
      assert.equal(await text(), `a\nb\n${said}c\nd\n`);
      await store.replacePieces(KEY, LIMIT, async (add) => add(pieces(2, 'c\n', 'd\n')));
      assert.equal(await text(), `a\n${said}c\nd\n`, 'what the index does not know is not kept by an upload');
    });
  }

  it('goes on when a crash has cut off bytes that its index knows', async () => {
    await append(pieces(0, 'a\n'));
    await append(pieces(1, 'b\n'));
    await crash(() => truncate(file('log'), 3));
    await append(pieces(1, 'B\n'));
    assert.equal(await text(), 'a\nbB\n');
  });

  it('goes on when its index is not one', async () => {
    await append(pieces(0, 'a\n'));
    await crash(() => writeFile(file('pos'), 'x'.repeat(100)));
    await append(pieces(0, 'b\n'));
    assert.equal(await text(), 'a\nb\n');
  });

  it('an upload that breaks off changes nothing and leaves nothing behind', async () => {
    await append(pieces(0, 'a\n'));
    const before = await files();
    const broken = store.replacePieces(KEY, LIMIT, async (add) => {
      await add(pieces(0, 'b\n'));
      throw new Error('cut');
    });
    await assert.rejects(broken, /cut/);
    assert.deepEqual([await text(), await files()], ['a\n', before]);
  });

  it('what a crash has left of an upload is removed by the next one', async () => {
    await append(pieces(0, 'a\n'));
    await crash(() => writeFile(join(folder, `${KEY}.draft-0123456789ab-1.log`), 'half'));
    await store.replacePieces(KEY, LIMIT, async (add) => add(pieces(0, 'b\n')));
    assert.deepEqual(await files(), ['3.log', '3.marks', '3.pos']);
  });

  it('an upload keeps the seconds of the head and of what is new', async () => {
    await append(pieces(0, 'a\n'));
    await append(pieces(1, 'b\n'));
    await store.replacePieces(KEY, LIMIT, async (add) => add(pieces(2, 'c\n')));
    const lines = await store.readLines(KEY, { fromLine: 0, limit: 9 });
    assert.deepEqual(
      lines.map(({ out, time }) => [out, time]),
      [
        ['a\n', 0],
        ['b\n', 1],
        ['c\n', 2],
      ],
    );
  });

  it('a closed log takes no pieces, but an upload, and stays closed across a restart', async () => {
    await append(pieces(0, 'a\n'));
    await store.close(KEY);
    await append(pieces(1, 'b\n'));
    assert.equal(await text(), 'a\n');
    const progress = await store.replacePieces(KEY, LIMIT, async (add) => add(pieces(0, 'a\n', 'b')));
    assert.deepEqual(progress, { size: 3, lines: 2, isClosed: true });
    await crash(async () => undefined);
    assert.deepEqual(await store.progress(KEY), { size: 3, lines: 2, isClosed: true });
  });

  it('a reader that stands within the log reads on in what an upload has put there', async () => {
    await append(pieces(0, 'a\n'));
    const first = await store.read(KEY, { fromOffset: 0, maxBytes: 2 });
    await store.replacePieces(KEY, LIMIT, async (add) => add(pieces(0, 'a\n', 'b\n')));
    const second = await store.read(KEY, { fromOffset: 2, maxBytes: 100 });
    assert.equal(Buffer.concat([first.bytes, second.bytes]).toString(), 'a\nb\n');
  });

  it('uploads at the same time leave one of them, whole', async () => {
    const upload = (letter: string) =>
      store.replacePieces(KEY, LIMIT, async (add) => {
        for (let pos = 0; pos < 50; pos += 1) await add(pieces(pos, `${letter}\n`));
      });
    await Promise.all([upload('a'), upload('b'), append(pieces(0, 'c\n'))]);
    assert.match(await text(), /^(a\n){50}$|^(b\n){50}$/);
    assert.deepEqual(await files(), ['3.log', '3.marks', '3.pos']);
  });

  it('is removed with everything that belongs to it', async () => {
    await append(pieces(0, 'a\n'));
    await store.remove(KEY);
    assert.deepEqual(await files(), []);
    await append(pieces(0, 'b\n'));
    assert.equal(await text(), 'b\n');
  });
});
