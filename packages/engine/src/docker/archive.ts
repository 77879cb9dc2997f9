import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { pack } from 'tar-fs';

const BLOCK_BYTES = 512;

/**
 * Copies a directory of this machine into a container that need not run. Everything belongs to root there and can
 * be read by everyone, as after a clone in a container; symbolic links are copied and not followed.
 */
export async function uploadDirectory(
  container: Docker.Container,
  options: {
    readonly directory: string;
    /** Absolute path of a directory in the container. */
    readonly target: string;
    /** Below the target; made when it is missing. Empty for the target itself. */
    readonly prefix: string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const archive = pack(options.directory, {
    map: (header) => {
      const isOpen = header.type === 'directory' || ((header.mode ?? 0) & 0o100) !== 0;
      const name = options.prefix === '' ? header.name : `${options.prefix}/${header.name}`;
      return { ...header, name, uid: 0, gid: 0, uname: '', gname: '', mode: isOpen ? 0o755 : 0o644 };
    },
  });
  await container.putArchive(Readable.from(archive), { path: options.target, abortSignal: options.signal });
}

/** Puts one file into the root directory of a container that need not run. */
export async function uploadFile(
  container: Docker.Container,
  file: { readonly name: string; readonly text: string },
  signal: AbortSignal,
): Promise<void> {
  await container.putArchive(archiveOf(file.name, Buffer.from(file.text)), {
    path: '/',
    abortSignal: signal,
  });
}

/** A tar archive of one file that everyone may read and run. */
function archiveOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  header.write(name, 0, 100);
  header.write('0000755\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  // The checksum is made with its own field full of spaces.
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\0', 257);
  header.write('00', 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES);
  return Buffer.concat([header, content, padding, Buffer.alloc(2 * BLOCK_BYTES)]);
}
