import { crc32 } from 'node:zlib';
import type { LogMark, LogPiece } from '@sortie/core/log';
import { CardFilter } from './card-filter.ts';
import type { Clock } from './clock.ts';
import { LineMarks } from './line-marks.ts';
import { LogLimit } from './log-limit.ts';
import type { MaskIndex } from './mask-index.ts';
import { Masker, maskText } from './masker.ts';
import { type Block, PieceBlocks } from './piece-blocks.ts';

/** Where the log of one step goes. Calls come one after the other; a promise holds the step back. */
export interface LogSink {
  /** The bytes are the piece's until the call returns or its promise resolves; who keeps them longer copies them. */
  write(piece: LogPiece): void | Promise<void>;
  /** Nothing more comes. Not called after `write` has failed. */
  close(): void | Promise<void>;
}

export interface LogWriterDeps {
  readonly sink: LogSink;
  readonly clock: Clock;
  readonly masks: MaskIndex;
  /** Called with the text of every card of the step, masked. */
  readonly onCard: (text: string) => void;
  /** Called once when the sink fails; the log is thrown away from then on. */
  readonly onFailure: (error: unknown) => void;
}

/** A piece is never larger; so much may also wait while another is on its way. */
export const MAX_PIECE_BYTES = 256 * 1024;

/** Ten pieces a second look immediate to a reader and cost next to nothing. */
const PIECE_INTERVAL_MS = 100;

/** Memory of a step that is silent belongs to others; one that is not asks for it again, at no price once in a while. */
const RELEASE_MS = 1000;
const KEPT_BYTES = 32 * 1024;

/** A program that stops in the middle of a would-be secret waits for input: its prompt must appear. */
const HOLD_MS = 2000;

/**
 * The way from a step's output to its stored log: cards out, secrets masked, length limited, lines timed, pieces
 * formed. The first bytes leave at once, later ones every 100 ms or when a piece is full.
 */
export class LogWriter {
  readonly #deps: LogWriterDeps;
  readonly #cards: CardFilter;
  readonly #masker: Masker;
  readonly #limit: LogLimit;
  readonly #marks = new LineMarks();
  readonly #blocks = new PieceBlocks(MAX_PIECE_BYTES);
  readonly #startedMs: number;
  #offset = 0;
  #pieceMs = 0;
  #sending: Promise<void> | undefined;
  #hasFailed = false;
  #cancelPiece: (() => void) | undefined;
  #cancelHold: (() => void) | undefined;
  #cancelRelease: (() => void) | undefined;

  constructor(deps: LogWriterDeps, limitBytes: number) {
    this.#deps = deps;
    this.#startedMs = deps.clock.now();
    this.#limit = new LogLimit(limitBytes);
    this.#masker = new Masker(deps.masks);
    this.#cards = new CardFilter((text) => deps.onCard(maskText(deps.masks, text)));
  }

  /** Returns a promise when the step should be held back until it resolves. The bytes are good until the call returns. */
  write(bytes: Uint8Array): void | Promise<void> {
    if (this.#hasFailed) return;
    for (const plain of this.#cards.write(bytes)) this.#addAll(this.#masker.write(plain));
    this.#watchHeld();
    this.#schedule();
    return this.#blocks.bytes < MAX_PIECE_BYTES ? undefined : this.#sending;
  }

  /** Sends what is left and closes the sink. Resolves also after a failure, which `onFailure` has told. */
  async close(): Promise<void> {
    this.#cancelHold?.();
    for (const plain of this.#cards.close()) this.#addAll(this.#masker.write(plain));
    this.#addAll(this.#masker.flush());
    for (const bytes of this.#limit.close()) this.#queue(bytes);
    this.#cancelPiece?.();
    while (this.#blocks.bytes > 0 || this.#sending !== undefined) await this.#send();
    this.#cancelRelease?.();
    if (!this.#hasFailed) await this.#guard(() => this.#deps.sink.close());
  }

  #addAll(parts: readonly Uint8Array[]): void {
    for (const part of parts) this.#queue(this.#limit.write(part));
  }

  #queue(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#hasFailed) return;
    this.#marks.add(bytes, Math.max(0, Math.floor((this.#deps.clock.now() - this.#startedMs) / 1000)));
    this.#blocks.add(bytes);
  }

  #watchHeld(): void {
    this.#cancelHold?.();
    this.#cancelHold = undefined;
    if (!this.#masker.isHolding && !this.#cards.isHolding) return;
    this.#cancelHold = this.#deps.clock.after(HOLD_MS, () => {
      for (const plain of this.#cards.flush()) this.#addAll(this.#masker.write(plain));
      this.#addAll(this.#masker.flush());
      this.#schedule();
    });
  }

  /** Decides when the next piece leaves; while one is on its way, its arrival decides. */
  #schedule(): void {
    if (this.#sending !== undefined || this.#blocks.bytes === 0) return;
    // The clock of the machine may have been put back since.
    const delayMs = Math.min(PIECE_INTERVAL_MS, this.#pieceMs + PIECE_INTERVAL_MS - this.#deps.clock.now());
    if (this.#blocks.bytes >= MAX_PIECE_BYTES || delayMs <= 0) void this.#send();
    else this.#cancelPiece ??= this.#deps.clock.after(delayMs, () => void this.#send());
  }

  /** Sends all that waits. Never rejects. */
  #send(): Promise<void> {
    this.#cancelPiece?.();
    this.#cancelPiece = undefined;
    this.#sending ??= this.#sendWaiting().finally(() => {
      this.#sending = undefined;
      this.#schedule();
    });
    return this.#sending;
  }

  async #sendWaiting(): Promise<void> {
    // One turn later, so that what arrived together leaves together.
    await undefined;
    this.#pieceMs = this.#deps.clock.now();
    const marks = this.#marks.take();
    for (const block of this.#blocks.take()) {
      await this.#guard(() => this.#deps.sink.write(this.#toPiece(block, marks)));
      if (this.#hasFailed) return;
      this.#offset += block.length;
      this.#blocks.giveBack(block);
    }
    if (this.#blocks.spareBytes <= KEPT_BYTES) return;
    this.#cancelRelease ??= this.#deps.clock.after(RELEASE_MS, () => {
      this.#cancelRelease = undefined;
      this.#blocks.release();
    });
  }

  #toPiece({ memory, length }: Block, marks: readonly LogMark[]): LogPiece {
    const bytes = memory.subarray(0, length);
    const end = this.#offset + bytes.length;
    const own = marks.filter((mark) => mark.offset >= this.#offset && mark.offset < end);
    return { offset: this.#offset, bytes, checksum: crc32(bytes), marks: own };
  }

  async #guard(call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#hasFailed = true;
      this.#blocks.take();
      this.#blocks.release();
      this.#deps.onFailure(error);
    }
  }
}
