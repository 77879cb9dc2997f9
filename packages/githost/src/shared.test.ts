import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Shared } from './shared.ts';

class Reader {
  isOpen = true;
  isBroken = false;

  async close(): Promise<void> {
    this.isOpen = false;
  }
}

describe('what several use at once', () => {
  let shared: Shared<Reader>;
  let opened: Reader[];

  beforeEach(() => {
    shared = new Shared();
    opened = [];
  });

  async function open(): Promise<Reader> {
    await nextTurn();
    const reader = new Reader();
    opened.push(reader);
    return reader;
  }

  function use(name: string, during: (reader: Reader) => Promise<unknown> = nextTurn): Promise<boolean> {
    return shared.with(name, open, async (reader) => {
      await during(reader);
      if (reader.isBroken) throw new Error('broken');
      return reader.isOpen;
    });
  }

  test('is opened once, and closed by the last', async () => {
    const gate = Promise.withResolvers<void>();
    const long = use('a', () => gate.promise);
    const others = await Promise.all([use('a'), use('a'), use('a')]);
    assert.deepEqual(others, [true, true, true]);
    assert.deepEqual([opened.length, opened[0]?.isOpen], [1, true]);
    gate.resolve();
    assert.equal(await long, true);
    assert.equal(opened[0]?.isOpen, false);
    assert.equal(await use('a'), true);
    assert.equal(opened.length, 2);
  });

  test('is not that of another name', async () => {
    await Promise.all([use('a'), use('b')]);
    assert.equal(opened.length, 2);
  });

  test('is opened anew for those beside whom it was broken, and not for whoever was alone', async () => {
    const breaks = async (reader: Reader): Promise<void> => {
      reader.isBroken = reader === opened[0];
    };
    assert.deepEqual(await Promise.all([use('a', breaks), use('a')]), [true, true]);
    assert.equal(opened.length, 3, 'one together, then one each');
    assert.deepEqual(
      opened.map(({ isOpen }) => isOpen),
      [false, false, false],
    );
    opened.splice(0);
    await assert.rejects(use('a', breaks), /broken/);
    assert.equal(opened.length, 1);
  });

  test('that cannot be opened fails everybody, each for itself', async () => {
    let tries = 0;
    const fail = async (): Promise<Reader> => {
      tries += 1;
      throw new Error('no place');
    };
    const failing = (): Promise<unknown> => shared.with('a', fail, async () => undefined);
    const results = await Promise.allSettled([failing(), failing()]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.equal(tries, 3);
    assert.equal(await use('a'), true, 'and nobody after that');
  });

  test('comes to an end although somebody always uses it', async () => {
    const gate = Promise.withResolvers<void>();
    const many = Array.from({ length: 450 }, () => use('a', () => gate.promise));
    await nextTurn();
    await nextTurn();
    gate.resolve();
    await Promise.all(many);
    assert.equal(opened.length, 3);
    assert.ok(opened.every(({ isOpen }) => !isOpen));
  });
});
