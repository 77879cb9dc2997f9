/** How far each of the 64 steps rotates, by round and step (RFC 1321). */
const ROTATIONS: readonly (readonly number[])[] = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];
type State = [number, number, number, number];

/** The MD5 digest (RFC 1321) as 32 hexadecimal digits. */
export function md5(message: Uint8Array): string {
  const padded = pad(message);
  const words = new DataView(padded.buffer);
  const constants = Array.from({ length: 64 }, (_, step) =>
    Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32),
  );
  let state: State = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  for (let offset = 0; offset < padded.length; offset += 64)
    state = mixBlock(state, words, offset, constants);
  const digest = new DataView(new ArrayBuffer(16));
  state.forEach((word, index) => {
    digest.setUint32(4 * index, word, true);
  });
  return [...new Uint8Array(digest.buffer)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function pad(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  new DataView(padded.buffer).setBigUint64(padded.length - 8, BigInt(message.length) * 8n, true);
  return padded;
}

function mixBlock(before: State, words: DataView, offset: number, constants: readonly number[]): State {
  let [a, b, c, d] = before;
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const [mixed, index] = roundFunction(round, step, b, c, d);
    const sum = (a + mixed + (constants[step] ?? 0) + words.getUint32(offset + 4 * index, true)) | 0;
    const rotation = ROTATIONS[round]?.[step & 3] ?? 0;
    [a, d, c, b] = [d, c, b, (b + ((sum << rotation) | (sum >>> (32 - rotation)))) | 0];
  }
  return [(before[0] + a) | 0, (before[1] + b) | 0, (before[2] + c) | 0, (before[3] + d) | 0];
}

/** What the round mixes in, and which word of the block it takes. */
function roundFunction(round: number, step: number, b: number, c: number, d: number): [number, number] {
  switch (round) {
    case 0:
      return [(b & c) | (~b & d), step];
    case 1:
      return [(d & b) | (~d & c), (5 * step + 1) % 16];
    case 2:
      return [b ^ c ^ d, (3 * step + 5) % 16];
    default:
      return [c ^ (b | ~d), (7 * step) % 16];
  }
}
