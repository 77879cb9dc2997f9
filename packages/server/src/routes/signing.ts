import {
  encryptData,
  encryptSecretData,
  signConfig as signConfigRoute,
  verifyConfig,
} from '@sortie/contract/signing';
import { AppError } from '@sortie/core/errors';
import type { RepoKeyDeps } from '../services/repo-keys.ts';
import { encryptForRepo, isSignedConfig, signConfig } from '../services/sign-config.ts';
import { sendSignature } from './legacy/signature.ts';
import { type Mount, repoOf } from './mount.ts';

/** What the key of a repository is for. The key itself never leaves the server. */
export function mountSigningRoutes(mount: Mount, deps: RepoKeyDeps): void {
  mount(
    signConfigRoute,
    async (call) => {
      const repo = repoOf(call);
      const { body } = call.request;
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      const data = readData(bytes);
      if (data === undefined) return sendSignature(deps, repo.id, { bytes, reply: call.reply });
      return { data: await signConfig(deps, repo, data) };
    },
    // The 0.5 API sends the file itself, labelled as JSON.
    { takesBytes: true },
  );

  mount(verifyConfig, async (call) => {
    if (await isSignedConfig(deps, repoOf(call).id, call.body.data)) return undefined;
    throw new AppError('signature-invalid', 'The signature is missing or does not fit the text.', {
      hint: 'Sign the file again after its last change: "sortie sign OWNER/NAME --save".',
    });
  });

  for (const route of [encryptData, encryptSecretData]) {
    mount(route, async (call) => ({ data: await encryptForRepo(deps, repoOf(call).id, call.body.data) }));
  }
}

/** The text of a body `{"data": …}`; `undefined` for every other body. */
function readData(bytes: Buffer): string | undefined {
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'));
    const data = typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined;
    return typeof data === 'string' ? data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
