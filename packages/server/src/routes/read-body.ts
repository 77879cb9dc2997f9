import { AppError } from '@sortie/core/errors';
import type { FastifyInstance } from 'fastify';

/** API bodies are small; logs, packs and pipeline files come in other ways. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * Reads every body as JSON whatever its content type says, and an empty one as absent (api-v1.md 1.5). A plugin
 * that wants raw bodies replaces these parsers for its own routes.
 */
export function readBodiesAsJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseBody(String(body)));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function parseBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new AppError('invalid-request', 'The body is not JSON.', {
      hint: error instanceof Error ? `${error.message}.` : undefined,
      cause: error,
    });
  }
}

/** The first value of each key wins (api-v1.md 1.5). */
export function parseQuery(text: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  for (const [key, value] of new URLSearchParams(text)) query[key] ??= value;
  return query;
}
