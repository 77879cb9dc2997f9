import { expectOk } from './answers.ts';
import { ScmError } from './errors.ts';
import type { ScmRef } from './objects.ts';
import { encodeSlug } from './path.ts';
import type { Transport } from './transport.ts';

const MAX_BYTES = 16 * 1024 * 1024;
const TYPE = 'application/x-git-upload-pack-advertisement';

export interface RefsRequest {
  readonly transport: Transport;
  readonly slug: string;
  /** Value of `Authorization`; absent for anonymous. */
  readonly authorization?: string;
  /** Full names. Reading stops when all have been seen; absent reads everything. */
  readonly wanted?: readonly string[];
}

/**
 * The refs that a smart HTTP Git server advertises (protocol 0), with annotated tags peeled; only the wanted ones
 * when some are named. An empty repository has none. Works on every service and needs only clone rights.
 */
export async function readRefs(request: RefsRequest): Promise<ReadonlyMap<string, ScmRef>> {
  const parser = createRefsParser(request.wanted);
  const response = await request.transport.send({
    path: `${encodeSlug(request.slug)}.git/info/refs`,
    query: { service: 'git-upload-pack' },
    headers: { accept: '*/*', ...(request.authorization && { authorization: request.authorization }) },
    maxBytes: MAX_BYTES,
    createReader: () => parser.restart(),
  });
  expectOk(response, 'The repository');
  if (response.headers.get('content-type')?.split(';')[0] !== TYPE)
    throw new ScmError('malformed', 'The Git service does not speak smart HTTP at the clone address.');
  return parser.refs();
}

interface RefsParser {
  /** Forgets what was read and returns the reader for a new answer. */
  restart(): (chunk: Uint8Array) => boolean;
  refs(): ReadonlyMap<string, ScmRef>;
}

/** Reads pkt-lines as they come. */
export function createRefsParser(wanted?: readonly string[]): RefsParser {
  let refs = new Map<string, ScmRef>();
  return {
    restart() {
      const found = new Map<string, ScmRef>();
      refs = found;
      let rest: Uint8Array = Buffer.alloc(0);
      return (chunk) => {
        const { lines, left } = splitLines(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]));
        rest = left;
        return lines.some((line) => takeLine(line, found, wanted));
      };
    },
    refs: () => refs,
  };
}

function splitLines(bytes: Uint8Array): { lines: string[]; left: Uint8Array } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lines: string[] = [];
  let at = 0;
  while (buffer.length - at >= 4) {
    const length = lengthOf(buffer.toString('latin1', at, at + 4));
    if (length === 0) at += 4;
    else if (buffer.length - at < length) break;
    else {
      lines.push(buffer.toString('utf8', at + 4, at + length));
      at += length;
    }
  }
  return { lines, left: buffer.subarray(at) };
}

function lengthOf(header: string): number {
  const length = /^[0-9a-fA-F]{4}$/.test(header) ? Number.parseInt(header, 16) : Number.NaN;
  if (length === 0 || length >= 4) return length;
  throw new ScmError('malformed', 'The Git service sends a broken list of refs.');
}

const LINE = /^([0-9a-f]{40}|[0-9a-f]{64}) ([^\0\n]+)/;
const PEELED = '^{}';

/** Whether nothing more is wanted. The peeled line of a tag follows it, so a wanted tag ends with the line after. */
function takeLine(line: string, refs: Map<string, ScmRef>, wanted: readonly string[] | undefined): boolean {
  const [, sha = '', name = ''] = LINE.exec(line) ?? [];
  if (sha === '') return false;
  const isPeeled = name.endsWith(PEELED);
  const base = isPeeled ? name.slice(0, -PEELED.length) : name;
  const isComplete = () => wanted?.every((ref) => refs.has(ref)) === true;
  if (!isPeeled && isComplete()) return true;
  if (wanted !== undefined && !wanted.includes(base)) return false;
  const known = refs.get(base);
  if (!isPeeled) refs.set(base, { name: base, sha });
  else if (known !== undefined) refs.set(base, { ...known, peeled: sha });
  return isComplete() && (isPeeled || !base.startsWith('refs/tags/'));
}
