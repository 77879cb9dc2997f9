import assert from 'node:assert/strict';
import { mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Journal, openJournal } from './journal.ts';

describe('a journal', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sortie-journal-'));
    path = join(folder, '1-1-1.spool');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function readAll(journal: Journal): Promise<readonly (readonly [unknown, string])[]> {
    const found: (readonly [unknown, string])[] = [];
    for (let offset = 0; offset < journal.size; ) {
      const part = await journal.read(offset, 64);
      for (const { head, data } of part.frames) found.push([head, Buffer.from(data).toString()]);
      offset = part.end;
    }
    return found;
  }

  /** Three records on the disk. */
  async function written(): Promise<void> {
    const { journal } = await openJournal(path);
    const appends = ['a', 'b', 'c'].map((name, at) =>
      journal.append({ name }, Buffer.from(name.repeat(at * 100))),
    );
    await Promise.all(appends);
    await journal.close();
  }

  it('gives back what was written, in its order, also frames that are larger than what is read at once', async () => {
    await written();
    const { journal, problem } = await openJournal(path);
    assert.equal(problem, undefined);
    const expected = [
      [{ name: 'a' }, ''],
      [{ name: 'b' }, 'b'.repeat(100)],
      [{ name: 'c' }, 'c'.repeat(200)],
    ];
    assert.deepEqual(await readAll(journal), expected);
    await journal.append({ name: 'd' }, undefined, { isDurable: true });
    assert.equal((await readAll(journal)).length, 4);
    await journal.remove();
    await assert.rejects(readFile(path), { code: 'ENOENT' });
  });

  it('reads into the memory that it is given as far as that is large enough', async () => {
    await written();
    const { journal } = await openJournal(path);
    const room = Buffer.alloc(200);
    const names: unknown[] = [];
    const isInRoom: boolean[] = [];
    for (let offset = 0; offset < journal.size; ) {
      const part = await journal.read(offset, room.length, room);
      for (const { head, data } of part.frames) {
        names.push([head, Buffer.from(data).toString()]);
        isInRoom.push(data.buffer === room.buffer);
      }
      offset = part.end;
      room.fill('x');
    }
    assert.deepEqual(names, [
      [{ name: 'a' }, ''],
      [{ name: 'b' }, 'b'.repeat(100)],
      [{ name: 'c' }, 'c'.repeat(200)],
    ]);
    assert.deepEqual(isInRoom, [true, true, false]);
    await journal.close();
  });

  it('cuts off the half frame that a crash has left, wherever the crash was, and goes on from there', async () => {
    await written();
    const whole = await readFile(path);
    const { journal: sound } = await openJournal(path);
    const second = (await sound.read(0, 64)).end;
    await sound.close();
    for (let bytes = whole.length - 1; bytes > second; bytes -= 37) {
      await writeFile(path, whole);
      await truncate(path, bytes);
      const { journal, problem } = await openJournal(path);
      assert.equal(problem, 'torn');
      const before = (await readAll(journal)).length;
      assert.ok(before === 1 || before === 2, `${before} of ${bytes} bytes`);
      await journal.append({ name: 'next' });
      await journal.close();
      const again = await openJournal(path);
      assert.equal(again.problem, undefined);
      assert.equal((await readAll(again.journal)).length, before + 1);
      await again.journal.close();
    }
  });

  it('believes nothing from the first changed byte on', async () => {
    await written();
    const whole = await readFile(path);
    const { journal: sound } = await openJournal(path);
    const first = (await sound.read(0, 1)).end;
    await sound.close();
    for (let at = first; at < whole.length; at += 11) {
      const changed = Buffer.from(whole);
      changed.writeUInt8((changed.readUInt8(at) + 1) % 256, at);
      await writeFile(path, changed);
      const { journal, problem } = await openJournal(path);
      assert.notEqual(problem, undefined, `byte ${at}`);
      const names = (await readAll(journal)).map(([head]) => (head as { name: string }).name);
      assert.deepEqual(names, ['a', 'b', 'c'].slice(0, names.length));
      assert.ok(names.length < 3);
      await journal.close();
    }
  });

  it('says which disk is full and what to do', async () => {
    const { journal } = await openJournal('/dev/full');
    await assert.rejects(journal.append({ name: 'a' }), (error: Error & { code?: string; hint?: string }) => {
      assert.equal(error.code, 'disk-full');
      assert.match(error.message, /\/dev\/full is full/);
      assert.match(error.hint ?? '', /SORTIE_DATA/);
      return true;
    });
    assert.equal(journal.size, 0);
    await journal.close();
  });

  it('is nobody else’s to read', async () => {
    await written();
    const file = await open(path);
    assert.equal((await file.stat()).mode & 0o077, 0);
    await file.close();
  });
});
