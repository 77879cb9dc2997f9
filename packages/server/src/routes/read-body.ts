import { AppError } from '@sortie/core/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** API bodies are small; logs, packs and pipeline files come in other ways. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * Reads every body as JSON whatever its content type says, and an empty one as absent (api-v1.md 1.5). A form, by its
 * content type, ends up in `request.form`, and is the body too where a route wants one. A plugin that wants raw
 * bodies replaces these parsers for its own routes.
 */
export function readBodiesAsJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer | string) => {
      const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body);
      request.bodyBytes = bytes;
      if (request.routeOptions.config.takesBytes === true) return bytes;
      const type = request.headers['content-type'] ?? '';
      const form = await parseForm(type, bytes);
      if (form === undefined) return parseJson(readText(bytes));
      request.form = form;
      return Object.keys(form).length === 0 ? undefined : { ...form };
    },
  );
}

function readText(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AppError('invalid-request', 'The body is not UTF-8.', {
      hint: 'Send the body as UTF-8.',
      cause: error,
    });
  }
}

/** `undefined` when the body is no form. JSON that is labelled as a form is still JSON: old clients do that. */
async function parseForm(type: string, bytes: Buffer): Promise<Record<string, string> | undefined> {
  if (/^\s*application\/x-www-form-urlencoded\b/i.test(type)) {
    const text = readText(bytes);
    return /^\s*[{[]/.test(text) ? undefined : parseQuery(text);
  }
  if (/^\s*multipart\/form-data\b/i.test(type)) return parseMultipart(type, bytes);
  return undefined;
}

async function parseMultipart(type: string, bytes: Buffer): Promise<Record<string, string>> {
  try {
    const data = await new Response(new Uint8Array(bytes), { headers: { 'content-type': type } }).formData();
    const form: Record<string, string> = Object.create(null);
    for (const [key, value] of data) if (typeof value === 'string') form[key] ??= value;
    return form;
  } catch (error) {
    throw new AppError('invalid-request', 'The multipart body cannot be read.', {
      hint: 'Check the boundary in Content-Type, or send the members as JSON.',
      cause: error,
    });
  }
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    // As in Go, `null` is an object without members; no body at all is something else.
    return (JSON.parse(text) as unknown) ?? {};
  } catch (error) {
    throw new AppError('invalid-request', 'The body is not JSON.', {
      hint: error instanceof Error ? `${withoutText(error.message)}.` : undefined,
    });
  }
}

/** The parser quotes what it could not read, which may be a secret. The place is enough. */
function withoutText(message: string): string {
  return message.replace(/^(Unexpected token).*( is not valid JSON)$/s, 'The text$2');
}

/** The first value of each key wins (api-v1.md 1.5). */
export function parseQuery(text: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  for (const [key, value] of new URLSearchParams(text)) query[key] ??= value;
  return query;
}
