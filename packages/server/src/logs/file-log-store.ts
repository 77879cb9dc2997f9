import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { AppError } from '@sortie/core/errors';
import type { LogPiece } from '@sortie/core/log';
import { createSignal, type Signal } from '../events/signal.ts';
import { amendLogFile } from './amend-log-file.ts';
import { extendByPieces } from './extend-pieces.ts';
import { createFileCache } from './file-cache.ts';
import { openDraft, removeStaleDrafts } from './log-draft.ts';
import { endLogFile, extendLogFile, type LogFile, progressOf } from './log-file.ts';
import type { LogKey, LogProgress, LogStore } from './log-store.ts';
import { openPositions, readPiecesEnd } from './positions-file.ts';
import { readLogLines } from './read-lines.ts';

export interface FileLogStoreOptions {
  /** Folder of the logs; made when it is needed. */
  readonly folder: string;
  /** Logs kept open at once. */
  readonly maxOpen?: number;
  readonly maxPieceBytes?: number;
  readonly maxLogBytes?: number;
}

/** A log store in files, `<folder>/<repo>/<build>/<step>.log` and `.marks`. `stop` closes what is open. */
export function openFileLogStore(options: FileLogStoreOptions): LogStore & { stop(): Promise<void> } {
  const { folder, maxOpen = 64, maxPieceBytes = 8 * 2 ** 20, maxLogBytes = 2 * 2 ** 30 } = options;
  const cache = createFileCache({ maxOpen });
  const growth = new Map<LogKey, Watch>();
  const draftToken = randomBytes(6).toString('hex');
  let drafts = 0;

  return {
    async append(key, piece) {
      requireSound(piece, maxPieceBytes);
      const size = await cache.use(pathOf(folder, key), 'append', async (file) => {
        const rest = restOf(file, piece);
        if (rest === undefined) return file.size;
        if (file.size + rest.bytes.length > maxLogBytes) throw tooLarge('The log', maxLogBytes);
        await extendLogFile(file, rest).catch(mapDisk);
        return file.size;
      });
      growth.get(key)?.signal.fire();
      return size ?? 0;
    },

    async amend(key, piece, { marker }) {
      requireSound(piece, maxPieceBytes);
      const progress = await cache.use(pathOf(folder, key), 'append', async (file) => {
        await amendLogFile(file, piece, { marker, maxBytes: maxLogBytes }).catch(mapDisk);
        return progressOf(file);
      });
      growth.get(key)?.signal.fire();
      return progress ?? EMPTY;
    },

    async appendPieces(key, pieces, { limitBytes }) {
      await cache.use(pathOf(folder, key), 'append', async (file) => {
        if (file.isClosed) return;
        const index = await openPositions(`${pathOf(folder, key)}.pos`);
        try {
          const log = { file, index, end: await readPiecesEnd(index, file.size) };
          await extendByPieces(log, pieces, Math.min(limitBytes, maxLogBytes)).catch(mapDisk);
        } finally {
          await index.close();
        }
      });
      growth.get(key)?.signal.fire();
    },

    async replacePieces(key, { limitBytes }, write) {
      const path = pathOf(folder, key);
      drafts += 1;
      const draftPath = `${path}.draft-${draftToken}-${drafts}`;
      await removeStaleDrafts(path, draftToken);
      const readOriginal = async (work: (file: LogFile) => Promise<void>) =>
        void (await cache.use(path, 'read', work));
      const draft = await openDraft(draftPath, readOriginal, `${path}.pos`);
      try {
        await write((pieces) => draft.add(pieces, Math.min(limitBytes, maxLogBytes)).catch(mapDisk));
        const progress = await cache.use(path, 'append', async (file) => {
          await draft.swap(path, file).catch(mapDisk);
          return progressOf(file);
        });
        growth.get(key)?.signal.fire();
        return progress ?? EMPTY;
      } finally {
        await draft.discard();
      }
    },

    async close(key) {
      const progress = await cache.use(pathOf(folder, key), 'append', async (file) => {
        if (!file.isClosed) await endLogFile(file).catch(mapDisk);
        return progressOf(file);
      });
      growth.get(key)?.signal.fire();
      return progress ?? EMPTY;
    },

    progress,

    async read(key, { fromOffset, maxBytes, room }) {
      const chunk = await cache.use(pathOf(folder, key), 'read', async (file) => {
        const length = Math.max(0, Math.min(maxBytes, file.size - fromOffset));
        const hasRoom = room !== undefined && room.length >= length;
        const bytes = hasRoom ? room : Buffer.allocUnsafe(length);
        const { bytesRead } =
          length === 0 ? { bytesRead: 0 } : await file.bytes.read(bytes, 0, length, fromOffset);
        return { ...progressOf(file), bytes: bytes.subarray(0, bytesRead) };
      });
      return chunk ?? { ...EMPTY, bytes: new Uint8Array() };
    },

    async readLines(key, range) {
      return (await cache.use(pathOf(folder, key), 'read', (file) => readLogLines(file, range))) ?? [];
    },

    async *subscribe(key, { signal }) {
      const watch = growth.get(key) ?? { signal: createSignal(), readers: 0 };
      watch.readers += 1;
      growth.set(key, watch);
      try {
        let known: LogProgress | undefined;
        while (!signal.aborted) {
          const since = watch.signal.version;
          const state = await look(key, watch);
          if (known === undefined || state.size !== known.size || state.isClosed) yield state;
          if (state.isClosed) return;
          known = state;
          await watch.signal.wait({ since, signal });
        }
      } finally {
        watch.readers -= 1;
        if (watch.readers === 0) growth.delete(key);
      }
    },

    async remove(key) {
      const path = pathOf(folder, key);
      await cache.forget(path);
      for (const name of [`${path}.log`, `${path}.marks`, `${path}.pos`, path])
        await rm(name, { recursive: true, force: true });
      for (const [followed, { signal }] of growth)
        if (followed === key || followed.startsWith(`${key}/`)) signal.fire();
    },

    stop: () => cache.stop(),
  };

  /** Many may follow one log: they look at it once after each growth. */
  function look(key: LogKey, watch: Watch): Promise<LogProgress> {
    const { version } = watch.signal;
    if (watch.seen?.version === version) return watch.seen.state;
    const state = progress(key);
    watch.seen = { version, state };
    state.catch(() => {
      watch.seen = undefined;
    });
    return state;
  }

  async function progress(key: LogKey): Promise<LogProgress> {
    return (await cache.use(pathOf(folder, key), 'read', async (file) => progressOf(file))) ?? EMPTY;
  }
}

/** Those who follow one log. */
interface Watch {
  readonly signal: Signal;
  readers: number;
  /** How far the log was after the firing of this number. */
  seen?: { readonly version: number; readonly state: Promise<LogProgress> } | undefined;
}

const EMPTY: LogProgress = { size: 0, lines: 0, isClosed: false };
/** Repository, build and step ids; prefixes name what is removed together. */
const KEY = /^\d+(\/\d+){0,2}$/;

function pathOf(folder: string, key: LogKey): string {
  if (!KEY.test(key)) throw new TypeError(`${JSON.stringify(key)} is no log key`);
  return join(folder, key);
}

function requireSound(piece: LogPiece, maxBytes: number): void {
  if (piece.bytes.length > maxBytes) throw tooLarge('The piece of log', maxBytes);
  if (!Number.isSafeInteger(piece.offset) || piece.offset < 0) {
    throw new AppError('invalid-request', 'The offset of the piece of log is not a number of bytes.');
  }
  if (crc32(piece.bytes) === piece.checksum) return;
  throw new AppError('log-checksum', 'The piece of log does not match its checksum.', {
    hint: 'Send it again; if that fails too, something between runner and server changes the data.',
  });
}

/** What of the piece is new; `undefined` when nothing is. */
function restOf(file: LogFile, piece: LogPiece): LogPiece | undefined {
  if (file.isClosed) return undefined;
  const known = file.size - piece.offset;
  if (known < 0) {
    throw new AppError('log-gap', `The log ends at byte ${file.size}, the piece begins at ${piece.offset}.`, {
      hint: 'Go on from the stored size.',
      details: { size: file.size },
    });
  }
  if (known >= piece.bytes.length) return undefined;
  return { ...piece, bytes: piece.bytes.subarray(known) };
}

function tooLarge(what: string, maxBytes: number): AppError {
  return new AppError('body-too-large', `${what} is larger than ${maxBytes} bytes.`, {
    hint: 'Let the step write less, or write it into a file.',
  });
}

function mapDisk(error: unknown): never {
  if (error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) {
    throw new AppError('disk-full', 'The log could not be stored because the disk is full.', {
      hint: 'Free some space in the data folder.',
      cause: error,
    });
  }
  throw error;
}
