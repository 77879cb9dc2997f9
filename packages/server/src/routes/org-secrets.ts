import {
  createNamespaceSecret,
  deleteNamespaceSecret,
  getNamespaceSecret,
  listNamespaceSecrets as listNamespaceSecretsRoute,
  listOrgSecrets,
  postNamespaceSecret,
  toWireSecret,
  updateNamespaceSecret,
} from '@sortie/contract/secrets';
import { AppError } from '@sortie/core/errors';
import { GLOBAL_NAMESPACE } from '@sortie/core/secret';
import { changeSecret, createSecret, type SetSecretDeps } from '../services/set-secret.ts';
import { findSecret, listNamespaceSecrets, listSecrets, removeSecret } from '../store/secrets.ts';
import { givenBody } from './given-body.ts';
import { type Call, type Mount, notFound, userOf } from './mount.ts';
import { toChange, toDraft } from './secrets.ts';

/** Secrets of namespaces, and those of the server, which live in a namespace of their own. */
export function mountOrgSecretRoutes(mount: Mount, deps: SetSecretDeps): void {
  const { db } = deps;
  mount(listOrgSecrets, async () => (await listNamespaceSecrets(db)).map(toWireSecret));

  mount(listNamespaceSecretsRoute, async (call) => {
    const secrets = await listSecrets(db, { namespace: namespaceOf(call) });
    return secrets.map(toWireSecret);
  });

  mount(createNamespaceSecret, async (call) => {
    const home = { namespace: namespaceOf(call) };
    return toWireSecret(await createSecret(deps, home, toDraft(givenBody(call))));
  });

  mount(getNamespaceSecret, async (call) => {
    const secret = await findSecret(db, { namespace: namespaceOf(call), name: call.params.name });
    if (secret === undefined) throw notFound('secret');
    return toWireSecret(secret);
  });

  for (const route of [updateNamespaceSecret, postNamespaceSecret]) {
    mount(route, async (call) => {
      const key = { namespace: namespaceOf(call), name: call.params.name };
      const secret = await changeSecret(deps, key, toChange(givenBody(call)));
      if (secret === undefined) throw notFound('secret');
      return toWireSecret(secret);
    });
  }

  mount(deleteNamespaceSecret, async (call) => {
    const isRemoved = await removeSecret(db, { namespace: namespaceOf(call), name: call.params.name });
    if (!isRemoved) throw notFound('secret');
    return undefined;
  });
}

/**
 * The namespace of the request. That of the server is for administrators, whatever a Git service calls its accounts
 * and organisations.
 */
function namespaceOf(call: Pick<Call<typeof getNamespaceSecret>, 'admission'> & Namespaced): string {
  const { namespace } = call.params;
  if (namespace.toLowerCase() !== GLOBAL_NAMESPACE) return namespace;
  if (userOf(call).isAdmin) return GLOBAL_NAMESPACE;
  throw new AppError('not-a-member', 'Forbidden', {
    hint: 'Only administrators of the server may see or change its own secrets.',
  });
}

interface Namespaced {
  readonly params: { readonly namespace: string };
}
