import { shownBody, shownHeaders } from './dump-shape.ts';
import type { RpcAnswer, RpcRequest, Transport } from './transport.ts';

export interface DumpOptions {
  /** Bodies too, as far as `shownBody` shows them. */
  readonly hasBodies: boolean;
  readonly nowMs: () => number;
  readonly log: { debug(fields: object, message: string): void };
}

/**
 * Sends through `transport` and tells the log of every request and its answer (`DRONE_RPC_DUMP_HTTP`). What lets
 * somebody in is never shown: the token of the runner is added further down, and of headers and bodies only what is
 * known to be harmless is.
 */
export function dumpCalls(transport: Transport, { hasBodies, nowMs, log }: DumpOptions): Transport {
  return {
    close: () => transport.close(),

    async send(call) {
      const begunMs = nowMs();
      const { method, path, prefix = '/rpc/v2' } = call;
      const about = { method, path: `${prefix}${path}` };
      log.debug({ ...about, ...requestFields(call, hasBodies) }, 'a request to the server');
      try {
        const answer = await transport.send(call);
        const ms = nowMs() - begunMs;
        log.debug({ ...about, ms, ...answerFields(answer, hasBodies) }, 'the server answered');
        return answer;
      } catch (err) {
        log.debug({ ...about, ms: nowMs() - begunMs, err }, 'no answer came from the server');
        throw err;
      }
    },
  };
}

function requestFields({ body, contentType }: RpcRequest, hasBodies: boolean): object {
  const type = contentType === undefined ? {} : { contentType };
  if (body === undefined) return { ...type, bytes: 0 };
  const isShown = hasBodies && contentType !== 'application/octet-stream';
  return { ...type, bytes: body.bytes, ...(isShown ? { body: shownBody(body.bytes, body.parts) } : {}) };
}

function answerFields({ status, text, headers = {} }: RpcAnswer, hasBodies: boolean): object {
  const bytes = Buffer.byteLength(text);
  const body = hasBodies ? { body: shownBody(bytes, () => [Buffer.from(text)]) } : {};
  return { status, headers: shownHeaders(headers), bytes, ...body };
}
