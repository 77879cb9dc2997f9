import { createHmac, randomBytes } from 'node:crypto';
import { AppError } from '@sortie/core/errors';
import type { Finding } from '@sortie/core/finding';
import { parseDocuments } from '@sortie/pipeline/documents';
import { createFindingLog } from '@sortie/pipeline/finding-log';
import { type SignatureDeps, signatureOf, verifySignature } from '@sortie/pipeline/signature';
import { encryptSecret } from '../seal/repo-cipher.ts';
import { type RepoKeyDeps, requireRepoSecret } from './repo-keys.ts';

const HMAC: SignatureDeps = {
  hmacSha256: (key, text) => createHmac('sha256', key).update(text).digest('hex'),
};

const NONCE_BYTES = 12;

/** The signature of a pipeline file by the key of the repository, in hex. Throws `config-unreadable`. */
export async function signConfig(
  deps: RepoKeyDeps,
  repo: { readonly id: number; readonly configPath: string },
  text: string,
): Promise<string> {
  const log = createFindingLog(repo.configPath);
  const documents = parseDocuments(text, log);
  const [finding] = log.list().filter(({ severity }) => severity === 'error');
  if (finding !== undefined) throw unreadable(finding);
  if (documents.length === 0) throw unreadable(undefined);
  return signatureOf(HMAC, text, await requireRepoSecret(deps, repo.id));
}

/** True when the file carries a signature by the key of the repository that fits its text. */
export async function isSignedConfig(deps: RepoKeyDeps, repoId: number, text: string): Promise<boolean> {
  return verifySignature(HMAC, text, await requireRepoSecret(deps, repoId));
}

/** The text for `data` of a document of kind `secret` in a pipeline file of the repository. */
export async function encryptForRepo(deps: RepoKeyDeps, repoId: number, value: string): Promise<string> {
  return encryptSecret(value, await requireRepoSecret(deps, repoId), randomBytes(NONCE_BYTES));
}

function unreadable(finding: Finding | undefined): AppError {
  return new AppError('config-unreadable', 'The text cannot be read as a pipeline file.', {
    hint: finding === undefined ? 'Give its text as "data".' : `Line ${finding.line}: ${finding.message}`,
  });
}
