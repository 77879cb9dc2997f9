/** One place where what we make differs from what the golden file holds. */
export interface Difference {
  readonly file: string;
  readonly context: string;
  /** `server`, `conversion`, or the name of a pipeline. */
  readonly part: string;
  /** `steps/build/script`, with steps by their names. */
  readonly path: string;
  readonly ours: unknown;
  readonly golden: unknown;
}

const ABSENT = undefined;

/** Every path at which two plain values differ; an absent member equals `undefined`. */
export function differencesOf(
  ours: unknown,
  golden: unknown,
  path = '',
): readonly Pick<Difference, 'path' | 'ours' | 'golden'>[] {
  if (Object.is(ours, golden)) return [];
  if (Array.isArray(ours) && Array.isArray(golden)) {
    const length = Math.max(ours.length, golden.length);
    return Array.from({ length }, (_, at) => at).flatMap((at) =>
      differencesOf(ours[at], golden[at], `${path}/${labelOf(golden[at]) ?? labelOf(ours[at]) ?? at}`),
    );
  }
  if (isRecord(ours) && isRecord(golden)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(golden)]);
    return [...keys].flatMap((key) =>
      differencesOf(ours[key] ?? ABSENT, golden[key] ?? ABSENT, path === '' ? key : `${path}/${key}`),
    );
  }
  return [{ path, ours, golden }];
}

/** Steps, volumes and stages are better known by their names than by their positions. */
function labelOf(item: unknown): string | undefined {
  return isRecord(item) && typeof item.name === 'string' ? item.name : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SHOWN = 300;

/** One line for people. */
export function describeDifference({ file, context, part, path, ours, golden }: Difference): string {
  return `${file} [${context}] ${part}: ${path}\n    ours   ${show(ours)}\n    golden ${show(golden)}`;
}

function show(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
