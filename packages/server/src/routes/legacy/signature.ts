import { AppError } from '@sortie/core/errors';
import type { FastifyReply } from 'fastify';
import { signBytes } from '../../auth/legacy-jwt.ts';
import { type RepoKeyDeps, requireRepoSecret } from '../../services/repo-keys.ts';
import { sendText } from './mount-legacy.ts';

/** The signature of 0.5: a compact JWS over these very bytes. Throws `invalid-request` when there are none. */
export async function sendSignature(
  deps: RepoKeyDeps,
  repoId: number,
  { bytes, reply }: { readonly bytes: Buffer; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  if (bytes.length === 0) {
    throw new AppError('invalid-request', 'The request has no body.', {
      hint: 'Send the pipeline file as the body.',
    });
  }
  return sendText(reply, signBytes(bytes, await requireRepoSecret(deps, repoId)));
}
