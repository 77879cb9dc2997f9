import { MaskIndex } from '@sortie/engine/mask-index';
import { Masker } from '@sortie/engine/masker';
import { type Figure, figureOf } from './figure.ts';
import { nowMs } from './scenario.ts';

const SECRETS = 50;
const CHUNK_BYTES = 64 * 1024;
const CHUNKS = 512;
const RUNS = 5;

/** How fast the output of a step passes the masker: 50 secrets, of which one in a thousand lines holds one. */
export async function run(print: (figure: Figure) => void): Promise<void> {
  const secrets = Array.from(
    { length: SECRETS },
    (_, at) => `s3cret-${at}-${(at * 7919).toString(36)}/+value`,
  );
  const chunk = makeChunk(secrets);
  const rates: number[] = [];
  for (let turn = 0; turn <= RUNS; turn += 1) {
    const masker = new Masker(new MaskIndex(secrets));
    const begun = nowMs();
    let bytes = 0;
    for (let count = 0; count < CHUNKS; count += 1) {
      for (const part of masker.write(chunk)) bytes += part.length;
    }
    for (const part of masker.flush()) bytes += part.length;
    if (bytes === 0) throw new Error('nothing passed the masker');
    if (turn > 0) rates.push((CHUNK_BYTES * CHUNKS) / 1e6 / ((nowMs() - begun) / 1000));
  }
  print(figureOf({ name: `masking ${SECRETS} secrets`, unit: 'MB/s', note: 'aim: at least 40 MB/s' }, rates));
}

function makeChunk(secrets: readonly string[]): Buffer {
  const lines: string[] = [];
  for (let line = 0, bytes = 0; bytes < CHUNK_BYTES; line += 1) {
    const tail = line % 1000 === 0 ? (secrets[line % secrets.length] ?? '') : 'compiled without warnings';
    const text = `[${line}] src/components/part-${line % 97}.ts: ${tail}\n`;
    lines.push(text);
    bytes += text.length;
  }
  return Buffer.from(lines.join('')).subarray(0, CHUNK_BYTES);
}
