import type { EventData } from 'node:test';

/** One test that did not run, or whose failure does not count. */
export interface LeftOut {
  readonly title: string;
  readonly file: string;
  readonly kind: 'skipped' | 'todo';
  /** What the test said about it; empty when it said nothing. */
  readonly reason: string;
}

type ResultData = EventData.TestPass | EventData.TestFail;

interface TestEvent {
  readonly type: string;
  readonly data: unknown;
}

/** When no test is under way for so long, the last one is over, and something keeps the process from its end. */
const IDLE_MS = 60_000;

/**
 * A reporter for `node --test` that writes one JSON line per skipped or todo test. It also ends a process that
 * a forgotten server, timer or child keeps alive after the last test, and names what it was.
 */
// biome-ignore lint/style/noDefaultExport: node --test loads a reporter as the default export of its file.
export default async function* reportOutcome(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let underWay = 0;
  let idle: NodeJS.Timeout | undefined;
  for await (const { type, data } of events) {
    clearTimeout(idle);
    if (type === 'test:enqueue') underWay += 1;
    if (type === 'test:complete') underWay -= 1;
    if (underWay === 0) idle = setTimeout(endHeldProcess, IDLE_MS).unref();
    const leftOut = type === 'test:pass' || type === 'test:fail' ? leftOutBy(data as ResultData) : undefined;
    if (leftOut !== undefined) yield `${JSON.stringify(leftOut)}\n`;
  }
  clearTimeout(idle);
}

function leftOutBy(data: ResultData): LeftOut | undefined {
  const kind = isSet(data.skip) ? 'skipped' : isSet(data.todo) ? 'todo' : undefined;
  if (kind === undefined) return undefined;
  const reason = kind === 'skipped' ? data.skip : data.todo;
  return { title: data.name, file: data.file ?? '', kind, reason: typeof reason === 'string' ? reason : '' };
}

function isSet(mark: string | boolean | undefined): boolean {
  return mark !== undefined && mark !== false;
}

function endHeldProcess(): void {
  const held = process
    .getActiveResourcesInfo()
    .filter((name) => !name.startsWith('TTY') && name !== 'PipeWrap');
  process.stderr.write(
    `All tests are done, but the process does not end: ${held.join(', ') || 'something'} is still open. ` +
      'Close what the test has opened, in an after hook.\n',
  );
  process.exit(1);
}
