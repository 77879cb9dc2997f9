import { ScmError } from '../errors.ts';

/** An operation that the service does not have. */
export function unsupported(service: string, what: string): () => Promise<never> {
  return async () => {
    throw new ScmError('not-supported', `${service} has no ${what}.`);
  };
}
