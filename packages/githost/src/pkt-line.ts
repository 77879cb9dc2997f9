import { AppError } from '@sortie/core/errors';

/** The framing of Git's protocol: four hex digits that count themselves, then the payload. `0000` is a flush. */
export const FLUSH = Buffer.from('0000');
/** Payload bytes that fit into one packet. */
export const MAX_PAYLOAD = 65_516;

export function encodePacket(...parts: readonly (string | Uint8Array)[]): Buffer {
  const payload = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
  const size = payload.reduce((sum, part) => sum + part.length, 4);
  return Buffer.concat([Buffer.from(size.toString(16).padStart(4, '0')), ...payload], size);
}

/** Length of a packet with its header, 0 for a flush. Throws `invalid-request`. */
export function packetLength(header: Uint8Array): number {
  const text = Buffer.from(header.buffer, header.byteOffset, 4).toString('latin1');
  const length = /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : -1;
  if (length === 0 || (length >= 4 && length <= MAX_PAYLOAD + 4)) return length;
  throw new AppError('invalid-request', 'The request is not in the form of the Git protocol.', {
    hint: 'Use a git client with the address of the repository.',
  });
}

/** Cuts a stream of bytes into whole packets, headers included; keeps what is not complete yet. */
export interface PacketSplitter {
  push(chunk: Buffer): Buffer[];
}

export function createPacketSplitter(): PacketSplitter {
  let held: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const packets: Buffer[] = [];
      while (held.length >= 4) {
        const length = packetLength(held) || 4;
        if (held.length < length) break;
        packets.push(held.subarray(0, length));
        held = held.subarray(length);
      }
      return packets;
    },
  };
}
