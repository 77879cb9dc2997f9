import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

/** More than this of a daemon's chatter helps nobody. */
const MAX_LINES = 100;

/**
 * Reads the answer to a pull: the lines about the image as a whole, without the bars of its layers, as they come.
 * Podman has no such lines; then the log is told which image comes. Throws what the daemon says went wrong, which may
 * come after the answer has begun.
 */
export async function readProgress(
  stream: NodeJS.ReadableStream,
  reference: string,
  onLine: (line: string) => void,
): Promise<void> {
  let lines = 0;
  for await (const text of createInterface({ input: Readable.from(stream) })) {
    const event = parseEvent(text);
    if (event.error !== undefined) throw new Error(event.error);
    if (event.isLayer && lines === 0) {
      lines += 1;
      onLine(`Pulling ${reference}`);
    }
    if (event.status === undefined || event.isLayer || lines >= MAX_LINES) continue;
    lines += 1;
    onLine(event.status);
  }
}

function parseEvent(line: string): { error?: string; status?: string; isLayer: boolean } {
  const value: unknown = line.trim() === '' ? {} : JSON.parse(line);
  if (typeof value !== 'object' || value === null) return { isLayer: false };
  const error = 'error' in value && typeof value.error === 'string' ? value.error : undefined;
  const status = 'status' in value && typeof value.status === 'string' ? value.status : undefined;
  // Events with an id are about one layer of many, except the one that names the tag.
  const isLayer = 'id' in value && status?.startsWith('Pulling from ') !== true;
  return { error, status, isLayer };
}
