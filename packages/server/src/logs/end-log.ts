import { crc32 } from 'node:zlib';
import type { Db } from '../store/db.ts';
import { upsertLog } from '../store/logs.ts';
import type { LogKey, LogStore } from './log-store.ts';

export interface EndLogDeps {
  readonly db: Db;
  readonly logs: LogStore;
}

/**
 * Closes a log that its runner will not close, and notes its size. `marker` becomes a line of its own at the end
 * that says why. A closed log stays as it is.
 */
export async function endLog(
  deps: EndLogDeps,
  log: { readonly key: LogKey; readonly stepId: number; readonly marker: string },
): Promise<void> {
  if (log.marker !== '') await appendMarker(deps.logs, log.key, log.marker);
  const { size, lines } = await deps.logs.close(log.key);
  await upsertLog(deps.db, { stepId: log.stepId, fileKey: log.key, size, lines, isClosed: true, omitted: 0 });
}

async function appendMarker(logs: LogStore, key: LogKey, text: string): Promise<void> {
  const { size, isClosed } = await logs.progress(key);
  if (isClosed) return;
  const tail = await logs.read(key, { fromOffset: Math.max(0, size - 1), maxBytes: 1 });
  const isMidLine = size > 0 && tail.bytes[0] !== 10;
  const bytes = Buffer.from(`${isMidLine ? '\n' : ''}[${text}]\n`);
  await logs.append(key, { offset: size, bytes, checksum: crc32(bytes), marks: [] });
}
