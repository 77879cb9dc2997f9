/** Longer ones are cut: a name that was refused may have any length. */
const MAX_LENGTH = 300;
const MAX_REPOS = 10;

/**
 * What a request was about, in words: `octocat/hello secrets/token`, `users/robot`, `tokens/7`. Made of the path
 * of the names in the body (`name`, `login`, `repos`), and of its switches (`admin=true`), never of other members: they
 * may be secret.
 */
export function auditSubject(path: string, params: unknown, body: unknown): string {
  const values = asRecord(params);
  const words: string[] = [];
  const segments = path.split('/').filter((segment) => segment !== '');
  const { owner, name, namespace } = values;
  const slug = segments.includes(':owner') ? `${text(owner)}/${text(name)}` : text(namespace);
  if (slug !== '') words.push(slug);
  for (const [at, segment] of segments.entries()) {
    const isPlace =
      segment === ':owner' || segment === ':namespace' || (segment === ':name' && owner !== undefined);
    if (!segment.startsWith(':') || isPlace) continue;
    words.push(`${kindBefore(segments, at)}/${text(values[segment.slice(1)])}`);
  }
  const changes = asRecord(body);
  return clean([...words, ...namesIn(segments, changes), ...switchesIn(changes)].join(' '));
}

/** What was switched, for example `admin=true`: a grant must not look like any other change. */
function switchesIn(body: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(body).flatMap(([name, value]) =>
    typeof value === 'boolean' && /^\w{1,40}$/.test(name) ? [`${name}=${value}`] : [],
  );
}

/** The plain segment that says what a value is, for example `secrets` before `:secret`. */
function kindBefore(segments: readonly string[], at: number): string {
  return segments.slice(0, at).findLast((segment) => !segment.startsWith(':')) ?? '';
}

function namesIn(segments: readonly string[], body: Readonly<Record<string, unknown>>): readonly string[] {
  const name = text(body.name) || text(body.login);
  const last = segments.at(-1) ?? '';
  // Below a thing of its own the name is a new one for that thing.
  const isPlace = last === ':namespace' || (last === ':name' && segments.includes(':owner'));
  const isOther = last.startsWith(':') && !isPlace;
  const word = isOther ? `name=${name}` : `${kindBefore(segments, segments.length)}/${name}`;
  const named = name === '' ? [] : [word];
  if (!Array.isArray(body.repos) || body.repos.length === 0) return named;
  const slugs = body.repos.slice(0, MAX_REPOS).map(text);
  const more = body.repos.length > MAX_REPOS ? `,+${body.repos.length - MAX_REPOS}` : '';
  return [...named, `repos=${slugs.join(',')}${more}`];
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, MAX_LENGTH) : '';
}

/** On one line, as it reads, and storable: PostgreSQL takes no NUL and no half of a surrogate pair. */
function clean(subject: string): string {
  return subject
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '?')
    .slice(0, MAX_LENGTH)
    .toWellFormed();
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  const isPlain = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);
  return isPlain ? Object.fromEntries(Object.entries(value)) : {};
}
