import { toWireProblem } from '@sortie/contract/problems';
import { AppError } from '@sortie/core/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Complaint, invalidRequest, toComplaint } from './invalid-request.ts';
import { sendJson } from './routes/send-json.ts';

/** Where failures of our own are reported; pino's form. */
export interface ErrorLog {
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** The one place that turns an error into an answer. Whatever is not an `AppError` says nothing of its inside. */
export function sendProblem(
  log: ErrorLog,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = reportError(log, error, request);
  return sendJson(reply.status(known.status), toWireProblem(known, request.id), 'application/problem+json');
}

/** The listed error for anything that was thrown; failures of our own are reported. */
export function reportError(log: ErrorLog, error: unknown, request: FastifyRequest): AppError {
  const known = toAppError(error);
  if (known.status >= 500) {
    const cause = known.code === 'internal' ? error : known;
    log.error({ requestId: request.id, err: cause }, 'a request failed');
  }
  return known;
}

/** The listed error for anything that was thrown while a request was served. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { statusCode, validation, validationContext, code } = describe(error);
  if (validation !== undefined) return invalidRequest(validation, validationContext);
  if (statusCode === 413) {
    return new AppError('body-too-large', 'The body of the request is too large.', {
      hint: 'A body may have 1 MiB; split what is larger into several requests.',
      cause: error,
    });
  }
  if (statusCode === 415) {
    return new AppError('unsupported-media-type', 'The content type of the body is not accepted here.', {
      hint: 'Send JSON as application/json, or a form as application/x-www-form-urlencoded.',
      cause: error,
    });
  }
  const complaint = ADDRESS_COMPLAINTS[code];
  if (complaint !== undefined) {
    return new AppError('invalid-request', complaint.message, { hint: complaint.hint, cause: error });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AppError('invalid-request', 'The request could not be read.', {
      hint: 'Check that Content-Length and the body agree, and that the connection was not cut.',
      cause: error,
    });
  }
  return new AppError('internal', 'Something failed that should not.', {
    hint: 'The log of the server has more under the request id.',
    cause: error,
  });
}

/** What Fastify has against an address, by its code. */
const ADDRESS_COMPLAINTS: Readonly<Record<string, { message: string; hint: string }>> = {
  FST_ERR_BAD_URL: {
    message: 'The address is not percent-encoded UTF-8.',
    hint: 'Write a percent sign itself as %25.',
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    message: 'A part of the address is too long.',
    hint: 'No name on this server is that long.',
  },
};

/** Fastify's own errors carry a status, failed validations a list. */
function describe(error: unknown): {
  statusCode?: number;
  validation?: readonly Complaint[];
  validationContext: string;
  /** Empty when the error has none. */
  code: string;
} {
  if (typeof error !== 'object' || error === null) return { validationContext: '', code: '' };
  const { statusCode, validation, validationContext, code } = error as {
    code?: unknown;
    statusCode?: unknown;
    validation?: unknown;
    validationContext?: unknown;
  };
  return {
    statusCode: typeof statusCode === 'number' ? statusCode : undefined,
    validation: Array.isArray(validation) ? validation.map(toComplaint) : undefined,
    validationContext: typeof validationContext === 'string' ? validationContext : '',
    code: typeof code === 'string' ? code : '',
  };
}
