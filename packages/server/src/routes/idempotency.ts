import { randomUUID } from 'node:crypto';
import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorLog } from '../errors.ts';
import { createSignal, type Signal } from '../events/signal.ts';
import type { Sealer } from '../seal/sealer.ts';
import { findBuildById } from '../store/builds.ts';
import type { Db } from '../store/db.ts';
import {
  claimKey,
  findKey,
  forgetOldKeys,
  freeKey,
  KEEP_KEYS_SECONDS,
  type KeyedRequest,
  noteBuildOfKey,
  renewKey,
  storeAnswer,
  takeOverKey,
} from '../store/idempotency.ts';
import { fingerprintOf, readKey } from './fingerprint.ts';
import { findMadeBefore } from './made-before.ts';

/** A process that has not renewed its hold for so long is gone. */
const HOLD_SECONDS = 15;
const RENEW_MS = 5_000;
/** Less than a repetition waits. */
const UNHEARD_MS = RENEW_MS + 2_000;
/** How often to look whether another server has finished; what this one finishes is heard of at once. */
const POLL_MS = 200;
const WAIT_MS = 10_000;
/** Answers that ask for another try: keeping them would make the other try useless. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

export interface IdempotencyDeps {
  readonly db: Db;
  readonly sealer: Sealer;
  /** Unix seconds. */
  readonly now: () => number;
  /** Aborts when the server stops. */
  readonly closing: AbortSignal;
  readonly log: ErrorLog;
  /** How long a repetition waits for the first request; 10 s unless given. */
  readonly waitMs?: number | undefined;
  /** Counts the time that really passes, whatever the clock of the machine shows. */
  readonly elapsedMs?: (() => number) | undefined;
}

/** What a request with a key is to do: run, show a build made by an interrupted run, or nothing any more. */
export type Turn =
  | { readonly kind: 'run' }
  | { readonly kind: 'built'; readonly build: Build | undefined }
  | { readonly kind: 'replayed' };

/**
 * Makes repetitions of a POST harmless (`Idempotency-Key`): same key and same request give the stored answer. States
 * of a key: unknown → held (by a process that renews its hold) → stored; held → unknown when the answer asks for
 * another try or is a failure of ours; held by a process that is gone → held by the one that asks.
 * Refusals before the handler (access, path, query, body) take no key; what the handler answers is stored.
 */
export interface Idempotency {
  /**
   * To be called once access and body have been checked. Throws `idempotency-mismatch`, `idempotency-running`,
   * `invalid-request`.
   */
  begin(request: FastifyRequest, reply: FastifyReply): Promise<Turn>;
  /** To be called with the finished answer; returns what is to be sent. */
  end(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown>;
}

interface Hold {
  readonly row: KeyedRequest;
  readonly isTakenOver: boolean;
  /** The headers that every answer carries; they are not stored. */
  readonly ownHeaders: Readonly<Record<string, unknown>>;
  readonly renewal: NodeJS.Timeout;
}

type Outcome =
  | { readonly held: KeyedRequest; readonly isTakenOver: boolean }
  | { readonly stored: KeyedRequest };

export function createIdempotency(deps: IdempotencyDeps): Idempotency {
  const { db, now, elapsedMs = () => performance.now() } = deps;
  const holder = randomUUID();
  const holds = new WeakMap<FastifyRequest, Hold>();
  const running = new Map<number, Signal>();

  async function acquire(request: FastifyRequest, reply: FastifyReply, name: KeyName): Promise<Outcome> {
    const place = `idempotency.fingerprint:${name.owner}:${name.key}`;
    const print = fingerprintOf(request);
    // Sealed, because a plain hash would let guesses at a secret in the body be checked.
    const fingerprint = deps.sealer.seal(print, place);
    const begunMs = elapsedMs();
    const deadline = begunMs + (deps.waitMs ?? WAIT_MS);
    let firstHeldUntil: number | undefined;
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const stop = AbortSignal.any([gone.signal, deps.closing]);
    for (;;) {
      const next = { holder, heldUntil: now() + HOLD_SECONDS };
      const claimed = await claimKey(db, { ...name, ...next, fingerprint, created: now() });
      if (claimed !== undefined) return { held: claimed, isTakenOver: false };
      const row = await findKey(db, name.owner, name.key);
      if (row === undefined || (await forgetIfOld(row))) continue;
      if (deps.sealer.open(row.fingerprint, place) !== print) throw mismatch();
      if (row.holder === '') return { stored: row };
      firstHeldUntil ??= row.heldUntil;
      // A clock that was put back since would keep what a dead process holds for as long.
      const isFromAhead = row.heldUntil > now() + HOLD_SECONDS && row.heldUntil === firstHeldUntil;
      const isUnheard = isFromAhead && elapsedMs() - begunMs >= UNHEARD_MS;
      const isAbandoned = (row.heldUntil <= now() || isUnheard) && !running.has(row.id);
      if (isAbandoned && (await takeOverKey(db, row, next))) {
        return { held: { ...row, ...next }, isTakenOver: true };
      }
      const leftMs = deadline - elapsedMs();
      if (leftMs <= 0 || stop.aborted) throw stillRunning(reply);
      await awaitEnd(row.id, leftMs, stop);
    }
  }

  async function forgetIfOld(row: KeyedRequest): Promise<boolean> {
    if (row.created >= now() - KEEP_KEYS_SECONDS || row.heldUntil >= now()) return false;
    await forgetOldKeys(deps);
    return true;
  }

  async function awaitEnd(id: number, leftMs: number, signal: AbortSignal): Promise<void> {
    const ended = running.get(id);
    const timeoutMs = ended === undefined ? Math.min(leftMs, POLL_MS) : leftMs;
    await (ended ?? createSignal()).wait({ since: 0, timeoutMs, signal });
  }

  function hold(request: FastifyRequest, reply: FastifyReply, row: KeyedRequest, isTakenOver: boolean): void {
    running.set(row.id, createSignal());
    const renewal = setInterval(() => {
      renewKey(db, row, now() + HOLD_SECONDS).catch((err: unknown) => {
        deps.log.error({ requestId: request.id, err }, 'the hold on an idempotency key could not be renewed');
      });
    }, RENEW_MS);
    renewal.unref();
    holds.set(request, { row, isTakenOver, ownHeaders: { ...reply.getHeaders() }, renewal });
    request.noteBuild = (tx, build) => noteBuildOfKey(tx, row, build.id);
  }

  async function store(reply: FastifyReply, { row, ownHeaders }: Hold, payload: unknown): Promise<void> {
    const { statusCode: status } = reply;
    const text = payload ?? '';
    if (status >= 500 || PASSING.has(status) || typeof text !== 'string') return freeKey(db, row);
    const headers = Object.entries(reply.getHeaders()).filter(([name, value]) => ownHeaders[name] !== value);
    const bodySealed = deps.sealer.seal(text, bodyPlace(row));
    await storeAnswer(db, row, { status, headers: JSON.stringify(headers), bodySealed });
  }

  return {
    async begin(request, reply) {
      // Other methods can be repeated as they are.
      const name = request.method === 'POST' ? readKey(request) : undefined;
      if (name === undefined) return { kind: 'run' };
      const outcome = await acquire(request, reply, name);
      if ('stored' in outcome) {
        replay(deps.sealer, reply, outcome.stored);
        return { kind: 'replayed' };
      }
      hold(request, reply, outcome.held, outcome.isTakenOver);
      const { buildId } = outcome.held;
      return buildId === 0 ? { kind: 'run' } : { kind: 'built', build: await findBuildById(db, buildId) };
    },
    async end(request, reply, payload) {
      const held = holds.get(request);
      if (held === undefined) return payload;
      holds.delete(request);
      clearInterval(held.renewal);
      try {
        const since = held.row.created;
        const made = held.isTakenOver ? await findMadeBefore(request, reply, { payload, since }) : undefined;
        const answer = made ?? payload;
        await store(reply, held, answer);
        return answer;
      } finally {
        running.get(held.row.id)?.fire();
        running.delete(held.row.id);
      }
    },
  };
}

type KeyName = { readonly owner: string; readonly key: string };

function bodyPlace({ id }: KeyedRequest): string {
  return `idempotency.body_sealed:${id}`;
}

/** Sends a stored answer, byte for byte. */
function replay(sealer: Sealer, reply: FastifyReply, row: KeyedRequest): void {
  const { status, headers, bodySealed } = row.answer;
  const body = sealer.open(bodySealed, bodyPlace(row));
  for (const [name, value] of JSON.parse(headers) as [string, string][]) reply.header(name, value);
  reply.status(status).header('idempotency-replayed', 'true');
  if (body === '') reply.send();
  else reply.serializer((text: unknown) => String(text)).send(body);
}

function mismatch(): AppError {
  return new AppError('idempotency-mismatch', 'This Idempotency-Key was used for another request.', {
    hint: 'Take a new key for each request, and the same one only for its repetitions.',
  });
}

function stillRunning(reply: FastifyReply): AppError {
  reply.header('retry-after', '1');
  return new AppError(
    'idempotency-running',
    'The first request with this Idempotency-Key is still running.',
    {
      hint: 'Send it again, with the same key, after the seconds that Retry-After says.',
    },
  );
}
