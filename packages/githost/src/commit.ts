/** Who made or committed a commit. `date` is unix seconds. */
export interface GitPerson {
  readonly name: string;
  readonly email: string;
  readonly date: number;
}

export interface GitCommit {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: GitPerson;
  readonly committer: GitPerson;
}

/** Commits larger than this are not read. */
export const MAX_COMMIT_BYTES = 1024 * 1024;

const NOBODY: GitPerson = { name: '', email: '', date: 0 };

/**
 * Parses the bytes of a commit object. Hostile commits are expected: what is missing or malformed comes out
 * empty, and NUL never comes out (X36).
 */
export function parseCommit(sha: string, bytes: Buffer): GitCommit {
  const end = bytes.indexOf('\n\n');
  const headers = parseHeaders(bytes.toString('latin1', 0, end < 0 ? bytes.length : end));
  const decode = decoder(headers.get('encoding')?.[0] ?? 'utf-8');
  const text = (latin1: string): string => decode(Buffer.from(latin1, 'latin1')).replaceAll('\0', '');
  return {
    sha,
    parents: headers.get('parent') ?? [],
    message: end < 0 ? '' : decode(bytes.subarray(end + 2)).replaceAll('\0', ''),
    author: parsePerson(text(headers.get('author')?.[0] ?? '')),
    committer: parsePerson(text(headers.get('committer')?.[0] ?? '')),
  };
}

/** Continuation lines, as signatures have them, are passed over. */
function parseHeaders(block: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const line of block.split('\n')) {
    const [, key, value] = /^([a-z]+) (.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  return headers;
}

function parsePerson(line: string): GitPerson {
  const [, name, email, date] = /^(.*?) ?<([^>]*)> ?(-?\d{1,15})?/.exec(line) ?? [];
  if (name === undefined || email === undefined) return NOBODY;
  return { name, email, date: Number(date ?? 0) };
}

function decoder(label: string): (bytes: Uint8Array) => string {
  try {
    const chosen = new TextDecoder(label);
    return (bytes) => chosen.decode(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const fallback = new TextDecoder();
    return (bytes) => fallback.decode(bytes);
  }
}
