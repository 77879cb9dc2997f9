import { Buffer } from 'node:buffer';

const PREFIX = Buffer.from('\u001b]1338;');
const SUFFIX = Buffer.from('\u001b]0m');
const NOTHING = Buffer.alloc(0);

/** Base64 text of one card; more is not a card but a way to fill our memory. */
const MAX_BYTES = 2 * 1024 * 1024;

/**
 * Takes the cards of plugins out of a stream (pipeline.md 6.8): ESC `]1338;` base64 ESC `]0m` and the newline
 * after it, wherever the stream is cut. What is not a card, because it is too long or never ends, stays output.
 */
export class CardFilter {
  readonly #onCard: (text: string) => void;
  #carry: Buffer = NOTHING;
  /** Pieces of the card that is being read; `undefined` outside of one. */
  #card: Buffer[] | undefined;
  #cardBytes = 0;
  #skipsNewline = false;

  /** `onCard` receives the decoded text. */
  constructor(onCard: (text: string) => void) {
    this.#onCard = onCard;
  }

  get isHolding(): boolean {
    return this.#carry.length > 0 && this.#card === undefined;
  }

  /** What is no card and can be shown now, mostly as parts of `bytes`; what is held is a copy. */
  write(bytes: Uint8Array): readonly Uint8Array[] {
    if (this.#card === undefined && this.#carry.length === 0 && !this.#skipsNewline) {
      if (bytes.indexOf(0x1b) === -1) return [bytes];
    }
    const out: Uint8Array[] = [];
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let data: Buffer = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    this.#carry = NOTHING;
    while (data.length > 0)
      data = this.#card === undefined ? this.#plain(data, out) : this.#inside(data, out);
    return out;
  }

  /** Gives out what is held because it may become a card; an unfinished card is left alone. */
  flush(): readonly Uint8Array[] {
    if (!this.isHolding) return [];
    const held = this.#carry;
    this.#carry = NOTHING;
    return [held];
  }

  /** Everything that is left, an unfinished card included. */
  close(): readonly Uint8Array[] {
    const unfinished = this.#card === undefined ? [] : [PREFIX, ...this.#card];
    const out = this.#carry.length > 0 ? [...unfinished, this.#carry] : unfinished;
    this.#card = undefined;
    this.#carry = NOTHING;
    return out;
  }

  /** Reads output up to the next card; returns what is left to look at. */
  #plain(data: Buffer, out: Uint8Array[]): Buffer {
    const from = this.#skipsNewline ? newlineLength(data) : 0;
    this.#skipsNewline = false;
    const start = data.indexOf(PREFIX, from);
    if (start !== -1) {
      if (start > from) out.push(data.subarray(from, start));
      this.#card = [];
      this.#cardBytes = 0;
      return data.subarray(start + PREFIX.length);
    }
    const open = openEnd(data, PREFIX, from);
    if (open > from) out.push(data.subarray(from, open));
    this.#carry = Buffer.from(data.subarray(open));
    return NOTHING;
  }

  /** Reads the inside of a card; returns what is left to look at. */
  #inside(data: Buffer, out: Uint8Array[]): Buffer {
    const card = this.#card ?? [];
    const end = data.indexOf(SUFFIX);
    const stop = end === -1 ? openEnd(data, SUFFIX, 0) : end;
    card.push(Buffer.from(data.subarray(0, stop)));
    this.#cardBytes += stop;
    if (this.#cardBytes > MAX_BYTES) {
      out.push(PREFIX, ...card);
      this.#card = undefined;
      return data.subarray(stop);
    }
    if (end === -1) {
      this.#carry = Buffer.from(data.subarray(stop));
      return NOTHING;
    }
    this.#card = undefined;
    this.#skipsNewline = true;
    this.#onCard(Buffer.from(Buffer.concat(card).toString('latin1'), 'base64').toString());
    return data.subarray(end + SUFFIX.length);
  }
}

function newlineLength(data: Buffer): number {
  if (data[0] === 0x0a) return 1;
  return data[0] === 0x0d && data[1] === 0x0a ? 2 : 0;
}

/** The position from which the end of `data` may begin `word`; its length if none. */
function openEnd(data: Buffer, word: Buffer, from: number): number {
  for (let start = Math.max(from, data.length - word.length + 1); start < data.length; start += 1) {
    if (word.compare(data, start, data.length, 0, data.length - start) === 0) return start;
  }
  return data.length;
}
