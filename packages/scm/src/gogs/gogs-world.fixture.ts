import { type FakeGogs, type FakeGogsOptions, startFakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';
import type { Driver } from '../driver.ts';
import type { ScmToken } from '../objects.ts';
import { openWire } from '../wire.ts';
import { createGogsDriver } from './gogs.ts';

export interface GogsWorld {
  readonly fake: FakeGogs;
  readonly driver: Driver;
  /** Milliseconds that the driver has slept, in order. */
  readonly pauses: readonly number[];
  token(login: string): ScmToken;
  close(): Promise<void>;
}

/** A driver on a fake Gogs with the users ada (owner), bob and eve; waiting takes no time. */
export async function openGogsWorld(
  options: FakeGogsOptions = {},
  names = ['a', 'b', 'c'],
): Promise<GogsWorld> {
  const fake = await startFakeGogs(options);
  for (const login of ['ada', 'bob', 'eve']) fake.addUser(login);
  const { wire, close } = openWire();
  const pauses: number[] = [];
  const random = names.values();
  const driver = createGogsDriver({
    server: fake.url,
    serverHost: 'ci.example.test',
    wire,
    sleep: async (duration) => {
      pauses.push(duration);
    },
    timeout: 60_000,
    randomName: () => random.next().value ?? 'z',
  });
  return {
    fake,
    driver,
    pauses,
    token: (login) => ({ access: fake.addToken(login), refresh: '', expires: 0 }),
    async close() {
      close();
      await fake.close();
    },
  };
}
