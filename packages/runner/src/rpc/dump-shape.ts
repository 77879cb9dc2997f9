/** Larger bodies are logs and uploads; they would drown the log. */
const MAX_SHOWN_BYTES = 65_536;
/** Nothing that servers send lies deeper. */
const MAX_DEPTH = 20;
const HIDDEN = '***';

/** What a dump shows of the headers of an answer: cookies and whatever a proxy adds stay out. */
const SHOWN_HEADERS: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'date',
  'retry-after',
  'server',
  'x-request-id',
]);

/**
 * Texts that a dump shows, by the name of their member. It is a list of what is harmless and not of what is secret,
 * so that a member that nobody thought of stays hidden: secrets, credentials of clones, keys of repositories,
 * variables of builds and output of steps are among the others. So are the messages of commits and of errors.
 */
const SHOWN_TEXTS: ReadonlySet<string> = new Set([
  ...['kind', 'type', 'os', 'arch', 'variant', 'kernel', 'version', 'machine'],
  ...['status', 'reason', 'code', 'name', 'image', 'event', 'trigger', 'action'],
  ...['slug', 'namespace', 'ref', 'source', 'target', 'before', 'after', 'visibility'],
]);
/** Members of these are hidden whatever they are called, numbers too. */
const HIDDEN_MEMBERS = /secret|password|token|credential|netrc|auth|registr|key|signer|param|environ/i;

export function shownHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => SHOWN_HEADERS.has(name)));
}

/** A JSON body with `***` for all that may be secret; `undefined` for bodies that are large or are no JSON. */
export function shownBody(bytes: number, parts: () => Iterable<Uint8Array>): unknown {
  if (bytes === 0 || bytes > MAX_SHOWN_BYTES) return undefined;
  const text = Buffer.concat([...parts()]).toString();
  try {
    return shown(JSON.parse(text), '', 0);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function shown(value: unknown, name: string, depth: number): unknown {
  if (typeof value === 'string') return value === '' || SHOWN_TEXTS.has(name) ? value : HIDDEN;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return HIDDEN;
  // A text in a list is judged by the name of the list, which is none of the harmless ones.
  if (Array.isArray(value)) return value.map((item) => shown(item, '', depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([member, inner]) => [
      member,
      HIDDEN_MEMBERS.test(member) && inner !== null ? HIDDEN : shown(inner, member, depth + 1),
    ]),
  );
}
