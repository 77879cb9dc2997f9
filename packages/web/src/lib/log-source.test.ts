import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogText } from '@sortie/sdk/client';
import { SortieError } from '@sortie/sdk/errors';
import type { LogStreamEvent } from '@sortie/sdk/streams';
import { readLog } from './log-source.ts';

const STEP = { repo: 'octo/hello', build: 1, stage: 1, step: 1 };

/** A log that grows: `stored` is what each reading finds, the last one for ever; `live` is what then streams. */
function aClient(stored: string[], live: readonly LogStreamEvent[] = []) {
  const asked: { start: number | undefined; fromPos: number | undefined }[] = [];
  return {
    asked,
    logs: {
      lines: async () => [],
      textPath: () => '',
      async text(_: unknown, { start = 0 }: { start?: number } = {}): Promise<LogText> {
        asked.push({ start, fromPos: undefined });
        const all = new TextEncoder().encode(stored.length > 1 ? stored.shift() : stored[0]);
        return { start, bytes: all.subarray(start), total: Math.max(start, all.length) };
      },
    },
    async *streamLog(_: unknown, { fromPos }: { fromPos?: number } = {}) {
      asked.push({ start: undefined, fromPos });
      yield* live;
    },
  };
}

async function textOf(client: ReturnType<typeof aClient>, isRunning: boolean): Promise<string> {
  let text = '';
  const { signal } = new AbortController();
  for await (const event of readLog(client, STEP, { isRunning, signal })) {
    if (event.type === 'bytes') text += new TextDecoder().decode(event.bytes);
  }
  return text;
}

test('a finished log is read whole, its unclosed last line too', async () => {
  assert.equal(await textOf(aClient(['one\ntwo']), false), 'one\ntwo');
});

test('[ui U64] a running log continues after its last closed line, and nothing is lost at the end', async () => {
  const line = { type: 'line', pos: 1, time: 0, text: 'two\n' } as const;
  const client = aClient(
    ['one\ntw', 'one\ntwo\nthree\n'],
    [{ type: 'open' }, line, { type: 'end', reason: 'finished' }],
  );
  assert.equal(await textOf(client, true), 'one\ntwo\nthree\n');
  assert.deepEqual(
    client.asked.map((each) => each.fromPos ?? each.start),
    [0, 1, 8],
  );
});

test('a step that has just begun may have nothing stored', async () => {
  const client = aClient([''], [{ type: 'line', pos: 0, time: 0, text: 'first\n' }]);
  const { text } = client.logs;
  let calls = 0;
  client.logs.text = async (ref, options) => {
    calls += 1;
    if (calls === 1)
      throw new SortieError('No log yet', { kind: 'api', status: 404, method: 'GET', path: '' });
    return text(ref, options);
  };
  assert.equal(await textOf(client, true), 'first\n');
});
