import { AppError } from '@sortie/core/errors';
import { type GitAnswer, type GitRequest, NO_CACHE } from './exchange.ts';
import type { GitRepo } from './objects.ts';
import { encodePacket, FLUSH } from './pkt-line.ts';
import type { Service } from './route.ts';
import { protocolOf } from './upload.ts';

const MAX_ADVERTISEMENT = 32 * 1024 * 1024;

/** Answers `info/refs`: what git lists, behind the line that names the service. */
export async function advertise(repo: GitRepo, service: Service, request: GitRequest): Promise<GitAnswer> {
  const command = service.slice('git-'.length);
  const { code, stdout, stderr, isCut } = await repo.pool.read(
    [command, '--stateless-rpc', '--advertise-refs', repo.dir],
    {
      signal: request.signal,
      // A push speaks version 0 only.
      protocol: service === 'git-upload-pack' ? protocolOf(request) : undefined,
      maxBytes: MAX_ADVERTISEMENT,
    },
  );
  if (code !== 0 || isCut) {
    throw new AppError('internal', 'The refs of the repository could not be listed.', {
      hint: 'The administrator finds the cause in the log of the server.',
      cause: new Error(stderr.trim()),
    });
  }
  return {
    status: 200,
    headers: { ...NO_CACHE, 'content-type': `application/x-${service}-advertisement` },
    body: Buffer.concat([encodePacket(`# service=${service}\n`), FLUSH, stdout]),
  };
}
