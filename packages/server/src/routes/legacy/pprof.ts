import type { Readable } from 'node:stream';
import {
  pprofBlock,
  pprofCmdline,
  pprofGoroutine,
  pprofHeap,
  pprofIndex,
  pprofPostSymbol,
  pprofProfile,
  pprofSymbol,
  pprofThreads,
  pprofTrace,
} from '@sortie/contract/legacy/system-routes';
import type { FastifyReply } from 'fastify';
import { encodeProfile, type Profile } from '../../profiling/message.ts';
import type { Profiler } from '../../profiling/profiler.ts';
import {
  type Counts,
  countResources,
  countsProfile,
  countsText,
  delayProfile,
  delayText,
  heapText,
  stackText,
} from '../../profiling/report.ts';
import { countThreads } from '../../profiling/threads.ts';
import { type LegacyMount, sendText } from './mount-legacy.ts';

export interface PprofRouteDeps {
  readonly profiler: Profiler;
  readonly nowMs: () => number;
  /** Ends recordings when the server closes. */
  readonly closing: AbortSignal;
}

const NAMES = ['block', 'cmdline', 'goroutine', 'heap', 'profile', 'threadcreate', 'trace'];
const MAX_SECONDS = 300;

export function mountPprofRoutes(mount: LegacyMount, deps: PprofRouteDeps): void {
  const { profiler, nowMs } = deps;
  mount(pprofIndex, async ({ reply }) => sendIndex(reply, await countThreads()));
  mount(pprofCmdline, ({ reply }) => {
    const parts = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
    return sendText(reply, parts.join('\0'));
  });
  mount(pprofSymbol, ({ reply }) => sendText(reply, 'num_symbols: 1\n'));
  mount(pprofPostSymbol, ({ reply }) => sendText(reply, 'num_symbols: 1\n'), { takesBytes: true });

  mount(pprofBlock, ({ query, reply }) => {
    const delays = profiler.eventLoopDelay();
    if (levelOf(query.debug) > 0) return sendText(reply, delayText(delays));
    return sendProfile(reply, 'block', delayProfile(delays, nowMs()));
  });
  mount(pprofGoroutine, ({ query, reply }) => {
    const level = levelOf(query.debug);
    if (level > 1) return sendText(reply, stackText());
    return sendCounts(deps, reply, { name: 'goroutine', counts: countResources(), level });
  });
  mount(pprofThreads, async ({ query, reply }) => {
    const counts = await countThreads();
    return sendCounts(deps, reply, { name: 'threadcreate', counts, level: levelOf(query.debug) });
  });
  mount(pprofHeap, async ({ query, reply }) => {
    if (query.snapshot === '1') return sendFile(reply, 'heap.heapsnapshot', profiler.snapshot());
    const profile = await profiler.heap({ collectsFirst: query.gc === '1' });
    if (levelOf(query.debug) > 0) return sendText(reply, heapText());
    return sendProfile(reply, 'heap', profile);
  });
  mount(pprofProfile, async ({ query, reply }) => {
    const seconds = secondsOf(query.seconds, { usual: 30, isWhole: true });
    return sendProfile(reply, 'profile', await profiler.cpu(seconds, goneSignal(deps, reply)));
  });
  mount(pprofTrace, async ({ query, reply }) => {
    const seconds = secondsOf(query.seconds, { usual: 1, isWhole: false });
    return sendFile(reply, 'trace', await profiler.trace(seconds, goneSignal(deps, reply)));
  });
}

function levelOf(debug: string | undefined): number {
  return debug !== undefined && /^\d$/.test(debug) ? Number(debug) : 0;
}

/** Whatever makes no sense is the usual time, as in Go. */
function secondsOf(
  text: string | undefined,
  rule: { readonly usual: number; readonly isWhole: boolean },
): number {
  const form = rule.isWhole ? /^\d{1,9}$/ : /^\d{1,9}(\.\d+)?$/;
  const seconds = text !== undefined && form.test(text) ? Number(text) : 0;
  return seconds > 0 ? Math.min(seconds, MAX_SECONDS) : rule.usual;
}

/** Aborts when nobody waits for the answer any more. */
function goneSignal({ closing }: PprofRouteDeps, reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return AbortSignal.any([closing, gone.signal]);
}

function sendProfile(reply: FastifyReply, name: string, profile: Profile): FastifyReply {
  return sendFile(reply, name, encodeProfile(profile));
}

function sendFile(reply: FastifyReply, name: string, body: Buffer | string | Readable): FastifyReply {
  return reply
    .headers({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${name}"`,
    })
    .send(body);
}

function sendCounts(
  { nowMs }: PprofRouteDeps,
  reply: FastifyReply,
  { name, counts, level }: { readonly name: string; readonly counts: Counts; readonly level: number },
): FastifyReply {
  if (level > 0) return sendText(reply, countsText(name, counts));
  return sendProfile(reply, name, countsProfile(name, counts, nowMs()));
}

function sendIndex(reply: FastifyReply, threads: Counts): FastifyReply {
  const sum = (counts: Counts) => [...counts.values()].reduce((total, count) => total + count, 0);
  const counts: Readonly<Record<string, number>> = {
    goroutine: sum(countResources()),
    threadcreate: sum(threads),
  };
  const rows = NAMES.map(
    (name) => `<tr><td>${counts[name] ?? 0}</td><td><a href="${name}?debug=1">${name}</a></td></tr>`,
  );
  const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>/debug/pprof/</title></head><body>
<h1>/debug/pprof/</h1>
<table>${rows.join('\n')}</table>
<p><a href="goroutine?debug=2">full stack dump</a></p>
</body></html>
`;
  return reply
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'",
    })
    .send(page);
}
