const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

export function bytesToBase64(bytes: ArrayLike<number>): string {
  const out: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const size = Math.min(3, bytes.length - at);
    for (let digit = 0; digit < 4; digit++) {
      out.push(digit <= size ? ALPHABET.charAt((group >> (18 - 6 * digit)) & 63) : '=');
    }
  }
  return out.join('');
}

/** Strict: the standard alphabet, a length divisible by four, padding only at the end; otherwise `undefined`. */
export function base64ToBytes(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const digits = text.replace(/=+$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let group = 0;
  let at = 0;
  for (const digit of digits) {
    group = ((group << 6) | ALPHABET.indexOf(digit)) & 0xfff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = (group >> bits) & 255;
  }
  return bytes;
}

export function encodeUtf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Every byte that is no UTF-8 becomes one U+FFFD, as in the reference; the host joins some of them. */
export function decodeUtf8(bytes: Uint8Array): string {
  const out: string[] = [];
  let from = 0;
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceLength(bytes, at);
    if (size === 0) {
      out.push(decodeValid(bytes.subarray(from, at)), '\ufffd');
      from = at + 1;
    }
    at += Math.max(size, 1);
  }
  out.push(decodeValid(bytes.subarray(from)));
  return out.join('');
}

function decodeValid(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** The length of the valid sequence that begins here; 0 when there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let offset = 2; offset < size; offset++) if (((bytes[at + offset] ?? 0) & 0xc0) !== 0x80) return 0;
  return size;
}
