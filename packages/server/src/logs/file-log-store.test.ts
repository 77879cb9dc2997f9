import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { type LogMark, MARK_LINES } from '@sortie/core/log';
import { rejectsWith } from '@sortie/testing/rejects-with';
import { openFileLogStore } from './file-log-store.ts';

const KEY = '1/2/3';

interface Ground {
  readonly folder: string;
  /** The store; opened anew by `restart`, as after a crash. */
  store: ReturnType<typeof openFileLogStore>;
  restart(): Promise<void>;
}

function it(
  title: string,
  body: (ground: Ground) => Promise<void>,
  options: { maxOpen?: number } = {},
): void {
  test(title, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sortie-log-store-'));
    const open = () => openFileLogStore({ folder, maxPieceBytes: 1000, maxLogBytes: 100_000, ...options });
    const ground: Ground = {
      folder,
      store: open(),
      async restart() {
        await ground.store.stop();
        ground.store = open();
      },
    };
    try {
      await body(ground);
    } finally {
      await ground.store.stop();
      await rm(folder, { recursive: true });
    }
  });
}

function piece(offset: number, text: string, marks: readonly LogMark[] = []) {
  const bytes = Buffer.from(text);
  return { offset, bytes, checksum: crc32(bytes), marks };
}

async function textOf({ store }: Ground, key = KEY): Promise<string> {
  const { bytes } = await store.read(key, { fromOffset: 0, maxBytes: 100_000 });
  return Buffer.from(bytes).toString();
}

it('a log that nobody has written reads as empty and open', async ({ store, folder }) => {
  assert.deepEqual(await store.progress(KEY), { size: 0, lines: 0, isClosed: false });
  assert.deepEqual(await store.readLines(KEY, { fromLine: 0, limit: 9 }), []);
  assert.deepEqual(await readdir(folder), []);
});

it('pieces follow each other, repeats have no effect, overlaps add what is new', async (ground) => {
  assert.equal(await ground.store.append(KEY, piece(0, 'abc')), 3);
  assert.equal(await ground.store.append(KEY, piece(0, 'abc')), 3);
  assert.equal(await ground.store.append(KEY, piece(1, 'b')), 3);
  assert.equal(await ground.store.append(KEY, piece(2, 'cde')), 5);
  assert.equal(await textOf(ground), 'abcde');
});

it('a piece behind the end is a gap and says where the log ends', async ({ store }) => {
  await store.append(KEY, piece(0, 'abc'));
  await assert.rejects(store.append(KEY, piece(4, 'x')), { code: 'log-gap', details: { size: 3 } });
});

it('damaged, oversized and senseless pieces are refused and change nothing', async (ground) => {
  const { store } = ground;
  await rejectsWith('log-checksum', store.append(KEY, { ...piece(0, 'abc'), checksum: 1 }));
  await rejectsWith('body-too-large', store.append(KEY, piece(0, 'x'.repeat(1001))));
  await rejectsWith('invalid-request', store.append(KEY, piece(-1, 'x')));
  assert.equal(await textOf(ground), '');
});

it('a log cannot grow without bounds', async ({ store }) => {
  for (let at = 0; at < 100_000; at += 1000) await store.append(KEY, piece(at, 'x'.repeat(1000)));
  await rejectsWith('body-too-large', store.append(KEY, piece(100_000, 'x')));
});

it('appends that are made at once take effect in their order', async (ground) => {
  const all = ['one\n', 'two\n', 'three\n'].map((text, index) => piece([0, 4, 8][index] ?? 0, text));
  await Promise.all(all.map((each) => ground.store.append(KEY, each)));
  assert.equal(await textOf(ground), 'one\ntwo\nthree\n');
});

it('nothing is added after the close, and closing again is fine', async (ground) => {
  await ground.store.append(KEY, piece(0, 'a\nb'));
  const closed = { size: 3, lines: 2, isClosed: true };
  assert.deepEqual(await ground.store.close(KEY), closed);
  assert.equal(await ground.store.append(KEY, piece(3, 'c')), 3);
  assert.deepEqual(await ground.store.close(KEY), closed);
  await ground.restart();
  assert.deepEqual(await ground.store.progress(KEY), closed);
});

it('a range is read from any byte', async ({ store }) => {
  await store.append(KEY, piece(0, 'abcdef'));
  const chunk = await store.read(KEY, { fromOffset: 2, maxBytes: 3 });
  assert.deepEqual([Buffer.from(chunk.bytes).toString(), chunk.size], ['cde', 6]);
  assert.equal((await store.read(KEY, { fromOffset: 7, maxBytes: 3 })).bytes.length, 0);
});

it('lines carry their number and second; the last one is held back until it is whole', async ({ store }) => {
  const marks = [
    { line: 0, offset: 0, second: 0 },
    { line: 2, offset: 4, second: 7 },
  ];
  await store.append(KEY, piece(0, 'a\nb\nc\nd', marks));
  const lines = [
    { pos: 0, out: 'a\n', time: 0 },
    { pos: 1, out: 'b\n', time: 0 },
    { pos: 2, out: 'c\n', time: 7 },
  ];
  assert.deepEqual(await store.readLines(KEY, { fromLine: 0, limit: 9 }), lines);
  await store.close(KEY);
  assert.deepEqual(await store.readLines(KEY, { fromLine: 2, limit: 9 }), [
    ...lines.slice(2),
    { pos: 3, out: 'd', time: 7 },
  ]);
});

it('marks that lie about lines or run backwards do no harm', async ({ store }) => {
  const marks = [
    { line: 99, offset: 2, second: 5 },
    { line: 0, offset: 3, second: 9 },
    { line: 1, offset: 4, second: 1 },
    { line: 1, offset: 6, second: -3 },
  ];
  await store.append(KEY, piece(0, 'a\nb\nc\nd\n', marks));
  const lines = await store.readLines(KEY, { fromLine: 0, limit: 9 });
  assert.deepEqual(
    lines.map((line) => [line.out, line.time]),
    [
      ['a\n', 0],
      ['b\n', 5],
      ['c\n', 5],
      ['d\n', 5],
    ],
  );
});

it('any line of a long log is found, by its marks', async ({ store }) => {
  const count = MARK_LINES * 3 + 10;
  let offset = 0;
  for (let line = 0; line < count; line += 10) {
    const text = Array.from({ length: 10 }, (_, index) => `${line + index}\n`).join('');
    offset = await store.append(KEY, piece(offset, text, [{ line, offset, second: Math.floor(line / 100) }]));
  }
  for (const pos of [0, 999, MARK_LINES, MARK_LINES * 2 - 1, MARK_LINES * 3 + 5]) {
    const [line] = await store.readLines(KEY, { fromLine: pos, limit: 1 });
    assert.deepEqual(line, { pos, out: `${pos}\n`, time: Math.floor(pos / 100) });
  }
  assert.equal((await store.readLines(KEY, { fromLine: 0, limit: count })).length, count);
});

it('after a crash a log goes on from what is on the disk', async (ground) => {
  await ground.store.append(KEY, piece(0, 'one\ntwo\nthr'));
  await ground.store.stop();
  await appendFile(join(ground.folder, `${KEY}.marks`), Buffer.from([1, 2, 3]));
  await ground.restart();
  assert.deepEqual(await ground.store.progress(KEY), { size: 11, lines: 2, isClosed: false });
  await ground.store.append(KEY, piece(11, 'ee\n'));
  const lines = await ground.store.readLines(KEY, { fromLine: 1, limit: 9 });
  assert.deepEqual(
    lines.map((line) => line.out),
    ['two\n', 'three\n'],
  );
});

it('marks whose bytes a crash swallowed are forgotten', async (ground) => {
  const marks = [1, 2, 3].map((line) => ({ line, offset: line * 2, second: line * 10 }));
  await ground.store.append(KEY, piece(0, 'a\nb\nc\nd\n', marks));
  await ground.store.stop();
  await truncate(join(ground.folder, `${KEY}.log`), 3);
  await ground.restart();
  assert.deepEqual(await ground.store.progress(KEY), { size: 3, lines: 1, isClosed: false });
  await ground.store.append(KEY, piece(3, '\nx\n'));
  const lines = await ground.store.readLines(KEY, { fromLine: 0, limit: 9 });
  assert.deepEqual(
    lines.map((line) => [line.out, line.time]),
    [
      ['a\n', 0],
      ['b\n', 10],
      ['x\n', 10],
    ],
  );
});

it('a lost index is built again', async (ground) => {
  const text = 'line\n'.repeat(100);
  let offset = 0;
  for (let part = 0; part < 30; part += 1) offset = await ground.store.append(KEY, piece(offset, text));
  await ground.store.stop();
  await rm(join(ground.folder, `${KEY}.marks`));
  await ground.restart();
  assert.equal((await ground.store.progress(KEY)).lines, 3000);
  assert.equal((await stat(join(ground.folder, `${KEY}.marks`))).size, 3 * 16);
  assert.equal((await ground.store.readLines(KEY, { fromLine: 2999, limit: 5 }))[0]?.pos, 2999);
});

it(
  'more logs than may be open at once are all kept',
  async (ground) => {
    for (const round of [0, 1, 2]) {
      for (let step = 1; step <= 10; step += 1)
        await ground.store.append(`1/1/${step}`, piece(round * 2, `${round}\n`));
    }
    for (let step = 1; step <= 10; step += 1) assert.equal(await textOf(ground, `1/1/${step}`), '0\n1\n2\n');
  },
  { maxOpen: 2 },
);

it('a follower sees every growth and the end', async ({ store }) => {
  const seen: [number, boolean][] = [];
  const progress = store.subscribe(KEY, { signal: new AbortController().signal })[Symbol.asyncIterator]();
  seen.push(await next(progress));
  await store.append(KEY, piece(0, 'a\n'));
  seen.push(await next(progress));
  const waiting = next(progress);
  await store.append(KEY, piece(2, 'b\n'));
  seen.push(await waiting);
  const ending = next(progress);
  await store.close(KEY);
  seen.push(await ending);
  assert.deepEqual(seen, [
    [0, false],
    [2, false],
    [4, false],
    [4, true],
  ]);
  assert.equal((await progress.next()).done, true);
});

it('a follower leaves when it is told to', async ({ store }) => {
  const leaving = new AbortController();
  const progress = store.subscribe(KEY, { signal: leaving.signal })[Symbol.asyncIterator]();
  await progress.next();
  const ending = progress.next();
  leaving.abort();
  assert.equal((await ending).done, true);
});

it('a log, and all logs of a build, can be removed', async (ground) => {
  for (const key of ['1/2/3', '1/2/4', '1/3/5']) await ground.store.append(key, piece(0, 'x'));
  await ground.store.remove('1/2/3');
  assert.equal(await textOf(ground, '1/2/3'), '');
  await ground.store.remove('1/2');
  assert.equal(await textOf(ground, '1/2/4'), '');
  assert.equal(await textOf(ground, '1/3/5'), 'x');
});

it('whoever follows a log, or comes to it, sees that its build has been removed', async ({ store }) => {
  const { signal } = new AbortController();
  const follow = (key: string) => store.subscribe(key, { signal })[Symbol.asyncIterator]();
  await store.append('1/2/3', piece(0, 'x'));
  await store.append('1/22/3', piece(0, 'y'));
  const early = follow('1/2/3');
  const other = follow('1/22/3');
  assert.deepEqual(await next(early), [1, false]);
  assert.deepEqual(await next(other), [1, false]);
  await store.remove('1/2');
  assert.deepEqual(await next(follow('1/2/3')), [0, false]);
  assert.deepEqual(await next(early), [0, false]);
  await store.close('1/22/3');
  assert.deepEqual(await next(other), [1, true]);
});

it('a key that is none never becomes a path', async ({ store }) => {
  for (const key of ['../1/2', '1/../../x', '/etc/passwd', '']) {
    await assert.rejects(store.append(key, piece(0, 'x')), TypeError);
  }
});

async function next(
  progress: AsyncIterator<{ size: number; isClosed: boolean }>,
): Promise<[number, boolean]> {
  const result = await progress.next();
  assert.equal(result.done, false);
  return [result.value.size, result.value.isClosed];
}
