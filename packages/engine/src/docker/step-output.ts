import type { Buffer } from 'node:buffer';
import type Docker from 'dockerode';
import type { StepRun } from '../engine.ts';
import { type Attachment, attachTo } from './attach.ts';
import { daemonMessage, statusOf } from './docker-error.ts';
import type { EndMarks } from './end-mark.ts';
import { FrameReader } from './frames.ts';
import { startFailed } from './start-error.ts';

/** What a container writes, on its way to `StepRun.output`. None of the promises need be awaited. */
export interface StepOutput extends Pick<Attachment, 'write'> {
  /** All has been handed over; rejects when it could not be. */
  readonly drained: Promise<void>;
  /** The first output has come. */
  readonly heard: Promise<void>;
  /** The container has said that all went well, and its output has been handed over. */
  readonly marked: Promise<void>;
}

/** Attaches to a container that has been created. Throws what the daemon answers. */
export async function readOutput(
  container: Docker.Container,
  run: StepRun,
  { marks, signal }: { readonly marks: EndMarks | undefined; readonly signal: AbortSignal },
): Promise<StepOutput> {
  const heard = Promise.withResolvers<void>();
  const marked = Promise.withResolvers<void>();
  const frames = new FrameReader(marks);
  const take = (chunk: Buffer): void | Promise<void> => {
    heard.resolve();
    // The log has been closed: whoever writes on has found out the mark, and has said it too early.
    if (marks?.areSeen) return;
    const taken = handOver(frames.read(chunk), run);
    if (marks?.areSeen) void Promise.resolve(taken).then(marked.resolve, marked.reject);
    return taken;
  };
  const attaching = attachTo(container, { hasInput: marks !== undefined, signal, take });
  const attachment = await attaching.catch((error: unknown) => {
    if (statusOf(error) === undefined) throw error;
    // Podman prepares the program at this point already.
    const message = daemonMessage(error).replace(/^preparing container \w+ for attach: /, '');
    throw startFailed(run.step, message, error);
  });
  const drained = attachment.drained.then(() => handOver(marks?.rest() ?? [], run));
  drained.catch(() => undefined);
  marked.promise.catch(() => undefined);
  return { drained, heard: heard.promise, marked: marked.promise, write: attachment.write };
}

/** One after the other; stays synchronous as long as the log takes everything at once. */
function handOver(parts: readonly Uint8Array[], run: StepRun): void | Promise<void> {
  for (const [at, part] of parts.entries()) {
    const taken = run.output(part);
    if (taken !== undefined) return taken.then(() => handOver(parts.slice(at + 1), run));
  }
}
