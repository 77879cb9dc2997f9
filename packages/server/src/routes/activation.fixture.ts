import assert from 'node:assert/strict';
import type { WireRepoHealth } from '@sortie/contract/repo-health';
import type { WireRepo } from '@sortie/contract/repos';
import type { User } from '@sortie/core/user';
import type { FakeRepo } from '@sortie/testing/fake-gogs/state';
import {
  createServiceWorld,
  type ServiceWorld,
  type ServiceWorldOptions,
} from '@sortie/testing/service-world';

type Answer = Awaited<ReturnType<ServiceWorld['app']['inject']>>;
type Method = 'GET' | 'POST' | 'DELETE';

/** A fake Gogs with `ada/demo`, which is known here and not active yet. */
export interface ActivationWorld extends ServiceWorld {
  readonly ada: User;
  readonly fake: FakeRepo;
  /** Sends a request below the repository, as ada unless another account is given. */
  send(
    method: Method,
    path?: string,
    more?: { readonly as?: User; readonly payload?: object },
  ): Promise<Answer>;
  health(isFresh?: boolean): Promise<WireRepoHealth>;
  /** The state and the remedy of one check. */
  check(name: string, isFresh?: boolean): Promise<readonly [string | undefined, string | undefined]>;
  /** Activates the repository. */
  enable(): Promise<WireRepo>;
}

/** Opens it; `t` closes it. */
export async function openActivationWorld(
  t: { after(work: () => Promise<void>): void },
  options: ServiceWorldOptions & { readonly isPrivate?: boolean } = {},
): Promise<ActivationWorld> {
  const world = await createServiceWorld(options);
  t.after(() => world.close());
  const ada = await world.addMember('ada');
  const fake = world.gogs.addRepo('ada/demo', { isPrivate: options.isPrivate ?? false });
  const headers = await world.bearer(ada);
  const synced = await world.app.inject({ method: 'POST', url: '/api/user/repos', headers });
  assert.equal(synced.statusCode, 200, synced.body);
  const send: ActivationWorld['send'] = async (method, path = '', { as, payload } = {}) =>
    world.app.inject({
      method,
      url: `/api/repos/ada/demo${path}`,
      headers: as === undefined ? headers : await world.bearer(as),
      ...(payload === undefined ? {} : { payload }),
    });
  const health: ActivationWorld['health'] = async (isFresh = false) => {
    const answer = await send('GET', `/health${isFresh ? '?check=true' : ''}`);
    assert.equal(answer.statusCode, 200, answer.body);
    return answer.json<WireRepoHealth>();
  };
  return {
    ...world,
    ...{ ada, fake, send, health },
    async check(name, isFresh) {
      const found = (await health(isFresh)).checks.find((check) => check.name === name);
      return [found?.state, found?.hint];
    },
    async enable() {
      const answer = await send('POST');
      assert.equal(answer.statusCode, 200, answer.body);
      return answer.json<WireRepo>();
    },
  };
}

export const PIPELINE =
  'kind: pipeline\nname: default\nsteps:\n- name: test\n  image: alpine\n  commands: [true]\n';
