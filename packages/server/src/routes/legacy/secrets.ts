import type { LegacySecretBody } from '@sortie/contract/legacy/secret-body';
import {
  legacyDeleteGlobalSecret,
  legacyDeleteSecret,
  legacyDeleteTeamSecret,
  legacyGetGlobalSecrets,
  legacyGetSecrets,
  legacyGetTeamSecrets,
  legacyPostGlobalSecret,
  legacyPostSecret,
  legacyPostTeamSecret,
} from '@sortie/contract/legacy/secret-routes';
import { toLegacySecret } from '@sortie/contract/legacy/secrets';
import { AppError } from '@sortie/core/errors';
import { GLOBAL_NAMESPACE } from '@sortie/core/secret';
import type { FastifyReply } from 'fastify';
import type { Static } from 'typebox';
import { putLegacySecret, type SetSecretDeps } from '../../services/set-secret.ts';
import { listSecrets, removeSecret, type SecretHome } from '../../store/secrets.ts';
import { repoOf } from '../mount.ts';
import { type LegacyMount, sendText } from './mount-legacy.ts';

const GLOBAL: SecretHome = { namespace: GLOBAL_NAMESPACE };

/** Rows 23 to 25 and 27 to 32: secrets of repositories, teams and the server. */
export function mountLegacySecrets(mount: LegacyMount, deps: SetSecretDeps): void {
  mount(legacyGetSecrets, (call) => list(deps, { repoId: repoOf(call).id }));
  mount(legacyPostSecret, (call) => putSecret(deps, { repoId: repoOf(call).id }, call));
  mount(legacyDeleteSecret, (call) =>
    remove(deps, { repoId: repoOf(call).id }, call.params.secret, call.reply),
  );
  mount(legacyGetTeamSecrets, ({ params }) => list(deps, { namespace: params.namespace }));
  mount(legacyPostTeamSecret, (call) => putSecret(deps, { namespace: call.params.namespace }, call));
  mount(legacyDeleteTeamSecret, ({ params, reply }) =>
    remove(deps, { namespace: params.namespace }, params.secret, reply),
  );
  mount(legacyGetGlobalSecrets, () => list(deps, GLOBAL));
  mount(legacyPostGlobalSecret, (call) => putSecret(deps, GLOBAL, call));
  mount(legacyDeleteGlobalSecret, ({ params, reply }) => remove(deps, GLOBAL, params.secret, reply));
}

async function list({ db }: SetSecretDeps, home: SecretHome) {
  return (await listSecrets(db, home)).map(toLegacySecret);
}

/** The upsert of 0.5: what the body leaves out becomes empty. Throws `secret-invalid`. */
export async function putSecret(
  deps: SetSecretDeps,
  home: SecretHome,
  { body, reply }: { readonly body: Static<typeof LegacySecretBody>; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  const { name, value = '', image = [], event = [], skip_verify = false, conceal = false } = body;
  const rules = { images: image, events: event, skipVerify: skip_verify, conceal };
  await putLegacySecret(deps, home, { name, value, rules });
  return sendText(reply);
}

async function remove(
  { db }: SetSecretDeps,
  home: SecretHome,
  name: string,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (await removeSecret(db, { ...home, name })) return sendText(reply);
  throw new AppError('not-found', 'There is no such secret');
}
