import { AppError } from '@sortie/core/errors';
import type { ByteReader } from './byte-reader.ts';
import { packetLength } from './pkt-line.ts';

/** One wish of a push: set `ref` from `before` to `after`; zeros stand for "does not exist". */
export interface RefCommand {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** What a push says before its pack. */
export interface CommandSection {
  readonly commands: readonly RefCommand[];
  readonly capabilities: ReadonlySet<string>;
  /** Push options as sent, in order. */
  readonly options: readonly string[];
  /** The bytes themselves, to be handed to git. */
  readonly raw: Buffer;
}

export interface CommandLimits {
  readonly commands: number;
  readonly options: number;
}

const COMMAND = /^([0-9a-f]{40}) ([0-9a-f]{40}) ([^\n]+)$/;
const SHALLOW = /^shallow [0-9a-f]{40}$/;

/** Reads commands and push options, and leaves the pack unread. Throws `invalid-request`, `push-rejected`. */
export async function readCommandSection(reader: ByteReader, limits: CommandLimits): Promise<CommandSection> {
  const raw: Buffer[] = [];
  const lines = await readLines(reader, raw, limits.commands);
  const [, capabilityText = ''] = lines[0]?.split('\0') ?? [];
  const capabilities = new Set(capabilityText.split(' ').filter((word) => word !== ''));
  const commands: RefCommand[] = [];
  for (const [at, line] of lines.entries()) {
    const text = at === 0 ? (line.split('\0')[0] ?? '') : line;
    if (SHALLOW.test(text)) continue;
    commands.push(parseCommand(text));
  }
  const hasOptions = commands.length > 0 && capabilities.has('push-options');
  const options = hasOptions ? await readLines(reader, raw, limits.options) : [];
  return { commands, capabilities, options, raw: Buffer.concat(raw) };
}

/** Number of objects that the pack says it holds; `undefined` when no pack follows. */
export async function peekObjectCount(reader: ByteReader): Promise<number | undefined> {
  const header = await reader.peek(12);
  return header.length === 12 && header.toString('latin1', 0, 4) === 'PACK'
    ? header.readUInt32BE(8)
    : undefined;
}

async function readLines(reader: ByteReader, raw: Buffer[], maxLines: number): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const header = await reader.take(4);
    raw.push(header);
    const length = packetLength(header);
    if (length === 0) return lines;
    if (lines.length === maxLines) throw tooMany(maxLines);
    const payload = await reader.take(length - 4);
    raw.push(payload);
    lines.push(decode(payload));
  }
}

function decode(payload: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload).replace(/\n$/, '');
  } catch (cause) {
    throw new AppError('invalid-request', 'The push names a ref or an option that is not UTF-8.', {
      hint: 'Rename the branch or tag.',
      cause,
    });
  }
}

function parseCommand(text: string): RefCommand {
  const [, before, after, ref] = COMMAND.exec(text) ?? [];
  if (before !== undefined && after !== undefined && ref !== undefined) return { ref, before, after };
  throw new AppError('invalid-request', 'The push holds a command that this server does not know.', {
    hint: 'Push from a SHA-1 repository, without a signature of the push (git push --no-signed).',
  });
}

function tooMany(maxLines: number): AppError {
  return new AppError('invalid-request', `The push names more than ${maxLines} refs or options.`, {
    hint: 'Push fewer branches and tags at a time.',
  });
}
