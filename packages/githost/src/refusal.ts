import { AppError } from '@sortie/core/errors';
import type { CommandSection } from './command-section.ts';
import { type GitAnswer, NO_CACHE } from './exchange.ts';
import { BusyError } from './gate.ts';
import { encodePacket, FLUSH } from './pkt-line.ts';
import { BAND, encodeBand, encodeLines } from './side-band.ts';

export const RECEIVE_HEADERS = {
  ...NO_CACHE,
  'content-type': 'application/x-git-receive-pack-result',
} as const;

const CHALLENGE = 'Basic realm="Sortie", charset="UTF-8"';

/** An error as plain text: git prints such bodies after `remote: ` when it asks for the refs. */
export function errorAnswer(error: AppError | BusyError): GitAnswer {
  const headers = { ...NO_CACHE, 'content-type': 'text/plain; charset=utf-8' };
  if (error instanceof BusyError) {
    const text = `${error.message}\nTry again in a few seconds.\n`;
    return { status: 503, headers: { ...headers, 'retry-after': '5' }, body: text };
  }
  const hint = error.hint === undefined ? '' : `${error.hint}\n`;
  return {
    status: error.status,
    headers: error.status === 401 ? { ...headers, 'www-authenticate': CHALLENGE } : headers,
    body: `${error.message}\n${hint}`,
  };
}

/** An error as lines for the terminal of a pusher; git colours both words. */
export function errorLines(error: AppError): string[] {
  return error.hint === undefined
    ? [`error: ${error.message}`]
    : [`error: ${error.message}`, `hint: ${error.hint}`];
}

/**
 * Turns down a push whose pack has not been read, in the form of git itself: clients show no text of HTTP
 * errors at this point.
 */
export function refusePush(section: CommandSection, error: AppError): GitAnswer {
  const report = encodeReport(section, error.code);
  const body = section.capabilities.has('side-band-64k')
    ? Buffer.concat([encodeLines(errorLines(error)), encodeBand(BAND.answer, report), FLUSH])
    : report;
  return { status: 200, headers: RECEIVE_HEADERS, body };
}

function encodeReport(section: CommandSection, reason: string): Buffer {
  const isWanted = ['report-status', 'report-status-v2'].some((name) => section.capabilities.has(name));
  if (!isWanted) return Buffer.alloc(0);
  const results = section.commands.map(({ ref }) => encodePacket(`ng ${ref} ${reason}\n`));
  return Buffer.concat([encodePacket(`unpack ${reason}\n`), ...results, FLUSH]);
}

/** `repo-quota`, for a push that is too large and for a repository that is full already. */
export function quotaError(quotaBytes: number): AppError {
  return new AppError(
    'repo-quota',
    `The push would take the repository over its limit of ${inMib(quotaBytes)}.`,
    {
      hint: 'Remove large files from the commits (git filter-repo), or ask the administrator for a higher limit.',
    },
  );
}

function inMib(bytes: number): string {
  return `${Number((bytes / (1024 * 1024)).toFixed(2))} MiB`;
}
