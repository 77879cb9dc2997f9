import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { openFileLogStore } from '../logs/file-log-store.ts';
import { createLogEvents, type LogEvents, type LogEventsDeps, type LogReader } from './log-events.ts';

const KEY = '1/2/3';

interface Ground {
  readonly events: LogEvents;
  /** First lines of all looks into the store. */
  readonly looks: readonly number[];
  write(text: string): Promise<void>;
  close(): Promise<void>;
  passTime(ms: number): void;
  /** The next look into the store fails. */
  breakOnce(): void;
}

function it(title: string, body: (ground: Ground) => Promise<void>): void {
  test(title, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sortie-log-events-'));
    const store = openFileLogStore({ folder });
    const looks: number[] = [];
    let now = 0;
    let isBroken = false;
    const logs: LogEventsDeps['logs'] = {
      progress: (key) => store.progress(key),
      subscribe: (key, options) => store.subscribe(key, options),
      async readLines(key, range) {
        looks.push(range.fromLine);
        if (isBroken) {
          isBroken = false;
          throw new Error('the disk is gone');
        }
        return store.readLines(key, range);
      },
    };
    try {
      await body({
        events: createLogEvents({ logs, nowMs: () => now }),
        looks,
        async write(text) {
          const bytes = Buffer.from(text);
          const { size } = await store.progress(KEY);
          await store.append(KEY, { offset: size, bytes, checksum: crc32(bytes), marks: [] });
        },
        close: async () => void (await store.close(KEY)),
        passTime: (ms) => {
          now += ms;
        },
        breakOnce: () => {
          isBroken = true;
        },
      });
    } finally {
      await store.stop();
      await rm(folder, { recursive: true });
    }
  });
}

function reader(more: Partial<LogReader> = {}): LogReader {
  const { signal } = new AbortController();
  return { fromLine: 0, isLive: true, signal, mayRead: async () => true, ...more };
}

function open(events: LogEvents, more: Partial<LogReader> = {}): AsyncIterator<Uint8Array> {
  return events.follow(KEY, reader(more))[Symbol.asyncIterator]();
}

/** The texts of the lines of a message. */
function linesOf(result: IteratorResult<Uint8Array>): readonly string[] {
  assert.equal(result.done, false);
  const text = Buffer.from(result.value).toString();
  return [...text.matchAll(/^id: (\d+)\ndata: (.*)\n\n/gm)].map(([, id, data]) => {
    const { pos, out } = JSON.parse(data ?? '') as { pos: number; out: string };
    assert.equal(pos, Number(id));
    return out;
  });
}

async function drainAll(messages: AsyncIterator<Uint8Array>): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
    lines.push(...linesOf(next));
  }
  return lines;
}

it('a hundred who follow a log cost one look for each growth, and all are given the same bytes', async (ground) => {
  const all = Array.from({ length: 100 }, () => open(ground.events));
  for (const [turn, text] of ['a\n', 'b\nc\n'].entries()) {
    const next = all.map((one) => one.next());
    await ground.write(text);
    const got = await Promise.all(next);
    assert.equal(new Set(got.map(({ value }) => value)).size, 1);
    assert.equal(linesOf(got[0] ?? assert.fail()).join(''), text);
    assert.equal(ground.looks.length, turn + 1);
  }
  await ground.close();
  assert.deepEqual(await Promise.all(all.map(drainAll)), Array(100).fill([]));
  assert.deepEqual(ground.looks, [0, 1]);
});

it('whoever begins elsewhere or stays behind misses nothing and gets nothing twice', async (ground) => {
  const slow = open(ground.events);
  const quick = open(ground.events);
  await ground.write('0\n1\n');
  assert.deepEqual(linesOf(await quick.next()), ['0\n', '1\n']);
  assert.deepEqual(linesOf(await slow.next()), ['0\n', '1\n']);
  const late = open(ground.events, { fromLine: 1 });
  assert.deepEqual(linesOf(await late.next()), ['1\n']);
  for (let line = 2; line < 20; line += 1) {
    const next = quick.next();
    await ground.write(`${line}\n`);
    assert.deepEqual(linesOf(await next), [`${line}\n`]);
    ground.passTime(500);
  }
  await ground.close();
  const rest = Array.from({ length: 18 }, (_, at) => `${at + 2}\n`);
  assert.deepEqual(await drainAll(slow), rest);
  assert.deepEqual(await drainAll(late), rest);
  assert.deepEqual(await drainAll(quick), []);
});

it('what was read is kept for a moment only, and not at all when nobody follows', async (ground) => {
  await ground.write('a\n');
  const first = open(ground.events);
  await first.next();
  await open(ground.events).next();
  assert.deepEqual(ground.looks, [0]);
  ground.passTime(2000);
  const second = open(ground.events);
  await second.next();
  assert.deepEqual(ground.looks, [0, 0]);
});

it('after the last reader has left the log is read anew', async (ground) => {
  await ground.write('a\n');
  await ground.close();
  assert.deepEqual(await drainAll(open(ground.events)), ['a\n']);
  assert.deepEqual(await drainAll(open(ground.events, { isLive: false })), ['a\n']);
  assert.deepEqual(ground.looks, [0, 0]);
});

it('of many megabytes of messages only the newest are kept', async (ground) => {
  const stays = open(ground.events);
  const wide = `${'x'.repeat(999_999)}\n`;
  for (let line = 0; line < 12; line += 1) await ground.write(wide);
  await stays.next();
  const ahead = open(ground.events);
  for (let line = 0; line < 12; line += 1) assert.equal(linesOf(await ahead.next()).length, 1);
  const before = ground.looks.length;
  assert.equal(linesOf(await stays.next()).length, 1);
  assert.equal(ground.looks.length, before + 1);
});

it('a reader who may not go on is told so, and others go on', async (ground) => {
  await ground.write('a\n');
  const refused = open(ground.events, { mayRead: async () => false });
  const allowed = open(ground.events);
  await assert.rejects(refused.next(), { code: 'unauthorized' });
  assert.deepEqual(linesOf(await allowed.next()), ['a\n']);
});

it('a look that fails is told to all who wait for it, and not kept', async (ground) => {
  const both = [open(ground.events), open(ground.events)];
  await ground.write('a\n');
  ground.breakOnce();
  for (const next of both.map((one) => one.next())) await assert.rejects(next, /the disk is gone/);
  assert.deepEqual(linesOf(await open(ground.events).next()), ['a\n']);
});
