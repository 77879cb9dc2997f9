import { encodePacket, MAX_PAYLOAD } from './pkt-line.ts';

/** Channels of the side band: the answer itself, text for the person, and text with which all ends. */
export const BAND = { answer: 1, text: 2, fatal: 3 } as const;

const MAX_LINES = 200;
const MAX_LINE_CHARS = 4_000;

// Everything that could move the cursor, colour the terminal or reorder text: C0, DEL, C1, bidirectional marks.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One channel's bytes as packets, cut where a packet is full; the client joins them again. */
export function encodeBand(band: number, payload: Uint8Array): Buffer {
  const packets: Buffer[] = [];
  const step = MAX_PAYLOAD - 1;
  for (let at = 0; at < payload.length; at += step) {
    packets.push(encodePacket(Uint8Array.of(band), payload.subarray(at, at + step)));
  }
  return Buffer.concat(packets);
}

/** Lines as the client prints them after `remote: `; control characters are removed, long lines are cut in two or more. */
export function encodeLines(lines: readonly string[], band: number = BAND.text): Buffer {
  const shown = lines.flatMap((line) => line.split(/\r?\n/)).flatMap(splitLine);
  return Buffer.concat(shown.slice(0, MAX_LINES).map((line) => encodeBand(band, Buffer.from(`${line}\n`))));
}

function splitLine(line: string): string[] {
  const chars = [...line.replace(UNSAFE, '')];
  const parts: string[] = [];
  for (let at = 0; at === 0 || at < chars.length; at += MAX_LINE_CHARS) {
    parts.push(chars.slice(at, at + MAX_LINE_CHARS).join(''));
  }
  return parts;
}
