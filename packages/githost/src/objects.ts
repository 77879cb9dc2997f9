import type { Readable } from 'node:stream';
import { AppError } from '@sortie/core/errors';
import type { GitPool, Lane } from './git-pool.ts';
import type { GitProcess } from './git-process.ts';

/** A bare repository of the host, as the reading functions take it. */
export interface GitRepo {
  readonly pool: GitPool;
  readonly dir: string;
  /** A reader that is open anyway, for example while a push is announced: saves a git child per question. */
  readonly objects?: OpenObjects;
}

export interface GitObject {
  readonly id: string;
  readonly type: string;
  readonly sizeBytes: number;
}

/** Reads objects over a single git child; questions at the same time wait for each other. */
export interface ObjectReader {
  /**
   * `expression` is checked by the caller: an object id or a ref name, with suffixes like `^{commit}`.
   * `undefined` when there is no such object. `bytes` is absent when it is larger than `maxBytes`; the reader
   * cannot be used after that.
   */
  read(expression: string, maxBytes: number): Promise<(GitObject & { bytes?: Buffer }) | undefined>;
}

export interface OpenObjects extends ObjectReader {
  /** False after `close` and after an object that was too large. */
  readonly isUsable: boolean;
  close(): Promise<void>;
}

const HEADER = /^([0-9a-f]{40,64}) ([a-z]+) ([0-9]+)$/;

/**
 * Runs `use` with the reader of the repository, or with one that it shares with whoever asks at the same time; then a
 * second time where the first has failed.
 */
export async function withObjects<T>(repo: GitRepo, use: (reader: ObjectReader) => Promise<T>): Promise<T> {
  if (repo.objects?.isUsable) return use(repo.objects);
  return await repo.pool.readers.with(repo.dir, () => openObjects(repo, 'query'), use);
}

/** Starts a reader that the caller closes. It sees objects that are written later, too. */
export async function openObjects(repo: GitRepo, lane: Lane): Promise<OpenObjects> {
  const child = await repo.pool.start(lane, [`--git-dir=${repo.dir}`, 'cat-file', '--batch']);
  const output = createLineReader(child.stdout);
  let isUsable = true;
  let last: Promise<unknown> = Promise.resolve();

  async function read(expression: string, maxBytes: number): ReturnType<ObjectReader['read']> {
    if (!isUsable) throw unreadable();
    const object = await readObject(child, output, expression, maxBytes);
    if (object !== undefined && object.bytes === undefined) isUsable = false;
    return object;
  }

  return {
    read(expression, maxBytes) {
      const answer = last.then(() => read(expression, maxBytes));
      // A failed question is told to whoever asked it; the next one may still be answered.
      last = answer.catch(() => undefined);
      return answer;
    },
    get isUsable() {
      return isUsable;
    },
    async close() {
      isUsable = false;
      child.stdin.end();
      child.stdout.destroy();
      await child.ended;
    },
  };
}

/** What the expressions name, in their order; one git child for all of them. */
export async function findObjects(
  repo: GitRepo,
  expressions: readonly string[],
): Promise<(GitObject | undefined)[]> {
  if (expressions.length === 0) return [];
  const input = expressions.map((expression) => `${checked(expression)}\n`).join('');
  const { stdout } = await repo.pool.read([`--git-dir=${repo.dir}`, 'cat-file', '--batch-check'], { input });
  const lines = stdout.toString('utf8').split('\n');
  return expressions.map((_, at) => parseHeader(lines[at] ?? ''));
}

async function readObject(
  child: GitProcess,
  output: LineReader,
  expression: string,
  maxBytes: number,
): ReturnType<ObjectReader['read']> {
  child.stdin.write(`${checked(expression)}\n`);
  const line = await output.line();
  const object = parseHeader(line);
  if (object === undefined) {
    if (/ (missing|ambiguous)$/.test(line)) return undefined;
    throw unreadable();
  }
  if (object.sizeBytes > maxBytes) return object;
  const bytes = await output.bytes(object.sizeBytes);
  await output.bytes(1);
  return { ...object, bytes };
}

function unreadable(): AppError {
  return new AppError('internal', 'git could not read an object of the repository.');
}

function checked(expression: string): string {
  // One line is one question; a second one would put all answers out of step.
  if (/[\n\0]/.test(expression)) throw new TypeError('an object expression cannot hold a line break');
  return expression;
}

function parseHeader(line: string): GitObject | undefined {
  const [, id, type, size] = HEADER.exec(line) ?? [];
  if (id === undefined || type === undefined) return undefined;
  return { id, type, sizeBytes: Number(size) };
}

interface LineReader {
  line(): Promise<string>;
  bytes(count: number): Promise<Buffer>;
}

/** An ended stream gives what is there: callers see a short answer and stop. */
function createLineReader(source: Readable): LineReader {
  const chunks: AsyncIterator<Buffer> = source.iterator({ destroyOnReturn: false });
  let held: Buffer = Buffer.alloc(0);
  let isEnded = false;

  async function next(): Promise<Buffer> {
    const { value, done } = await chunks.next();
    isEnded = done === true;
    return isEnded ? Buffer.alloc(0) : value;
  }

  async function bytes(count: number): Promise<Buffer> {
    const parts = [held];
    let size = held.length;
    while (size < count && !isEnded) {
      const part = await next();
      parts.push(part);
      size += part.length;
    }
    const all = parts.length === 1 ? held : Buffer.concat(parts, size);
    held = all.subarray(count);
    return all.subarray(0, count);
  }

  return {
    bytes,
    async line() {
      while (held.indexOf(10) < 0 && !isEnded) held = Buffer.concat([held, await next()]);
      const end = held.indexOf(10);
      const text = (await bytes(end < 0 ? held.length : end)).toString('utf8');
      await bytes(1);
      return text;
    },
  };
}
