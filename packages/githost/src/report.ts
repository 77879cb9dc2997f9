import type { Readable, Writable } from 'node:stream';
import { AppError } from '@sortie/core/errors';
import type { GitEnd } from './git-process.ts';
import { createPacketSplitter, FLUSH } from './pkt-line.ts';
import { quotaError } from './refusal.ts';
import { BAND, encodeLines } from './side-band.ts';
import { isDiskFull } from './storage.ts';

/** What git receive-pack said, as far as we look into it. */
export interface Report {
  /** False when git ended before it had said everything. */
  readonly isComplete: boolean;
  /** `ok`, or why the pack was not taken; empty when git did not say. */
  readonly unpack: string;
  /** The last text for the person. */
  readonly text: string;
}

/** Of a child that was ended before it had answered. */
export const BROKEN_REPORT: Report = { isComplete: false, unpack: '', text: '' };

const KEPT = 2_048;

/**
 * Passes git's answer on as it comes, all but the flush at its end: what we have to add goes before that.
 * Without side band nothing can be added, and nothing is looked into.
 */
export async function relayReport(stdout: Readable, answer: Writable, hasSideBand: boolean): Promise<Report> {
  const splitter = createPacketSplitter();
  const state = { isComplete: !hasSideBand, result: '', text: '' };
  for await (const chunk of stdout as AsyncIterable<Buffer>) {
    if (!hasSideBand) {
      if (answer.writable) answer.write(chunk);
      continue;
    }
    for (const packet of splitter.push(chunk)) {
      if (packet.equals(FLUSH)) {
        state.isComplete = true;
        continue;
      }
      const payload = packet.subarray(5).toString('utf8');
      if (packet[4] === BAND.answer) state.result = (state.result + payload).slice(0, KEPT);
      else state.text = (state.text + payload).slice(-KEPT);
      if (answer.writable) answer.write(packet);
    }
  }
  const unpack = /^[0-9a-f]{4}unpack ([^\n]*)/.exec(state.result)?.[1] ?? '';
  return { isComplete: state.isComplete, unpack, text: state.text };
}

/** Adds our lines and the flush that was held back. Lines after an incomplete report end the push at the client. */
export function finishAnswer(
  answer: Writable,
  parts: { readonly report: Report; readonly lines: readonly string[]; readonly hasSideBand: boolean },
): void {
  if (parts.hasSideBand && answer.writable) {
    const { isComplete } = parts.report;
    const lines = parts.lines.length > 0 || isComplete ? parts.lines : ['error: The push was ended.'];
    answer.write(encodeLines(lines, isComplete ? BAND.text : BAND.fatal));
    answer.write(FLUSH);
  }
  answer.end();
}

/** Why no ref moved, when git's own words need a remedy beside them; `undefined` when they do not. */
export function explainFailure(
  report: Report,
  end: GitEnd,
  size: { readonly takenBytes: number; readonly budgetBytes: number; readonly quotaBytes: number },
): AppError | undefined {
  if (end.reason === 'timeout') {
    return new AppError('push-rejected', 'The push took too long and was ended.', {
      hint: 'Push in smaller parts, for example branch by branch.',
    });
  }
  if (isDiskFull(report.text) || isDiskFull(end.stderr)) {
    return new AppError('disk-full', 'The disk of the server is full, so the push could not be stored.', {
      hint: 'Ask the administrator to free some space, then push again.',
    });
  }
  if (report.unpack === 'ok') return undefined;
  if (size.takenBytes >= size.budgetBytes) return quotaError(size.quotaBytes);
  if (end.reason === 'aborted') {
    return new AppError('push-rejected', 'The push was ended before it was complete; nothing was changed.', {
      hint: 'The server may be restarting. Push again.',
    });
  }
  return new AppError('push-rejected', 'The pushed data is damaged or incomplete; nothing was changed.', {
    hint: 'Run "git fsck" in your repository, then push again.',
  });
}
