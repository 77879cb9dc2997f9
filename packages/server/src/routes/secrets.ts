import {
  createRepoSecret,
  deleteRepoSecret,
  getRepoSecret,
  listRepoSecrets,
  toWireSecret,
  updateRepoSecret,
} from '@sortie/contract/secrets';
import { changeSecret, createSecret, type SetSecretDeps } from '../services/set-secret.ts';
import { findSecret, listSecrets, removeSecret } from '../store/secrets.ts';
import { givenBody } from './given-body.ts';
import { putSecret } from './legacy/secrets.ts';
import { type Mount, notFound, repoOf } from './mount.ts';

/** Secrets of repositories; those of namespaces are in `org-secrets.ts`. */
export function mountSecretRoutes(mount: Mount, deps: SetSecretDeps): void {
  const { db } = deps;
  mount(listRepoSecrets, async (call) => {
    const secrets = await listSecrets(db, { repoId: repoOf(call).id });
    return secrets.map(toWireSecret);
  });

  mount(createRepoSecret, async (call) => {
    const body = givenBody(call);
    if (body.data === undefined && body.value !== undefined) {
      const legacy = { ...body, name: body.name ?? '' };
      return putSecret(deps, { repoId: repoOf(call).id }, { body: legacy, reply: call.reply });
    }
    const draft = toDraft(body);
    return toWireSecret(await createSecret(deps, { repoId: repoOf(call).id }, draft));
  });

  mount(getRepoSecret, async (call) => {
    const secret = await findSecret(db, { repoId: repoOf(call).id, name: call.params.secret });
    if (secret === undefined) throw notFound('secret');
    return toWireSecret(secret);
  });

  mount(updateRepoSecret, async (call) => {
    const key = { repoId: repoOf(call).id, name: call.params.secret };
    const secret = await changeSecret(deps, key, toChange(givenBody(call)));
    if (secret === undefined) throw notFound('secret');
    return toWireSecret(secret);
  });

  mount(deleteRepoSecret, async (call) => {
    const isRemoved = await removeSecret(db, { repoId: repoOf(call).id, name: call.params.secret });
    if (!isRemoved) throw notFound('secret');
    return undefined;
  });
}

/** As the body of a request has them. */
export interface SecretBody {
  readonly name?: string;
  readonly data?: string;
  readonly pull_request?: boolean;
  readonly pull_request_push?: boolean;
}

export function toDraft(body: SecretBody) {
  return {
    name: body.name ?? '',
    value: body.data ?? '',
    allowsPullRequests: body.pull_request === true,
    allowsPullRequestPushes: body.pull_request_push === true,
  };
}

export function toChange(body: Omit<SecretBody, 'name'>) {
  return {
    value: body.data,
    allowsPullRequests: body.pull_request,
    allowsPullRequestPushes: body.pull_request_push,
  };
}
