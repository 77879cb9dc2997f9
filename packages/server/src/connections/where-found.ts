import { isScmError } from '@sortie/scm/errors';

/** What a Git service says not to exist is `undefined`; every other error passes. */
export async function whereFound<Found>(find: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await find();
  } catch (error) {
    if (isScmError(error, 'not-found')) return undefined;
    throw error;
  }
}
