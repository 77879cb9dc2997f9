import type { Build } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';

/** Names and values together, in bytes. Lists show them with each build, and each process of it gets them. */
const MAX_PARAMS_BYTES = 64 * 1024;
/** Longest action and longest name of an environment. */
const MAX_WORD_LENGTH = 500;

/**
 * Refuses what would make every list with the build a heavy one. Repeated builds add to the parameters of the ones
 * before, so it is the sum that counts. Throws `invalid-request`.
 */
export function requireModestBuild(build: Partial<Pick<Build, 'params' | 'action' | 'deployTo'>>): void {
  const { params = {}, action = '', deployTo = '' } = build;
  const entries = Object.entries(params);
  const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(entry.join('=')), 0);
  if (bytes > MAX_PARAMS_BYTES) {
    throw new AppError(
      'invalid-request',
      `The parameters of the build hold more than ${MAX_PARAMS_BYTES} bytes.`,
      {
        hint: 'Keep large data elsewhere and give its address as a parameter.',
      },
    );
  }
  if (action.length <= MAX_WORD_LENGTH && deployTo.length <= MAX_WORD_LENGTH) return;
  throw new AppError('invalid-request', 'The action or the target of the build is too long.', {
    hint: `Give at most ${MAX_WORD_LENGTH} characters.`,
  });
}
