import { type AppError, ERROR_CODES, type ErrorCode, explainError } from '@sortie/core/errors';
import { type Static, Type } from 'typebox';

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

/**
 * The body of every error: RFC 9457, with the members that Drone's clients read (`message`, `code`). A code
 * brings further members of its own, such as `step_status` or `findings`.
 */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Names the kind of problem; stable' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    message: Type.String({ description: 'As in Drone; the same text as `detail` without the remedy' }),
    code: Type.Integer({ description: 'The HTTP status, as in Drone' }),
    error_code: Type.Enum(CODES, { description: 'Stable, see docs/errors.md' }),
    hint: Type.Optional(Type.String({ description: 'What the reader can do about it' })),
    request_id: Type.Optional(Type.String()),
  },
  { title: 'Problem' },
);
export type Problem = Static<typeof ProblemSchema> & Readonly<Record<string, unknown>>;

/** The URI that names an error code; it is an identifier, not an address. */
export function problemType(code: ErrorCode): string {
  return `urn:sortie:error:${code}`;
}

/** The problem body of an error; `requestId` lets an operator find it in the log. */
export function toWireProblem(error: AppError, requestId: string): Problem {
  return {
    ...error.details,
    type: problemType(error.code),
    title: ERROR_CODES[error.code].summary,
    status: error.status,
    detail: explainError(error),
    message: error.message,
    code: error.status,
    error_code: error.code,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    request_id: requestId,
  };
}
