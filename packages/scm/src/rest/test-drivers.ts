import { generateKeyPairSync } from 'node:crypto';
import { openFakeBitbucket } from '@sortie/testing/fake-bitbucket';
import { type FakeForgeState, TOKEN } from '@sortie/testing/fake-forge-state';
import { openFakeGitlab } from '@sortie/testing/fake-gitlab';
import { openFakeHub } from '@sortie/testing/fake-hub';
import type { FakeService } from '@sortie/testing/fake-service';
import { openFakeStash } from '@sortie/testing/fake-stash';
import { createBitbucketDriver } from '../bitbucket/driver.ts';
import type { Driver, HookOptions } from '../driver.ts';
import { createGiteaDriver } from '../gitea/driver.ts';
import { createGithubDriver } from '../github/driver.ts';
import { createGitlabDriver } from '../gitlab/driver.ts';
import type { ScmToken } from '../objects.ts';
import { createStashDriver } from '../stash/driver.ts';
import { openWire } from '../wire.ts';

export const ALIVE: ScmToken = { access: TOKEN, refresh: 'refresh-1', expires: 0 };
export const DEAD: ScmToken = { access: 'long-gone', refresh: '', expires: 0 };
export const NOW = 1_790_000_000_000;
const OAUTH = { clientId: 'client', clientSecret: 'secret', scope: '' } as const;

export const HOOK: HookOptions = {
  target: 'https://ci.example.test/hook',
  secret: 'hook-key-7f3a',
  events: ['push', 'tag', 'branch', 'pull_request', 'deployment'],
  skipVerify: false,
};

export interface OpenDriver {
  readonly driver: Driver;
  readonly fake: FakeService & { readonly state: FakeForgeState };
  /** Milliseconds of the pauses that were asked for. */
  readonly pauses: readonly number[];
  close(): Promise<void>;
}

export type DriverKind = 'gitea' | 'github' | 'gitlab' | 'bitbucket' | 'stash';
export const KINDS: readonly DriverKind[] = ['gitea', 'github', 'gitlab', 'bitbucket', 'stash'];

export interface OpenOptions {
  readonly moreRepos?: number;
  /** Bitbucket Server before 7.0. */
  readonly isOld?: boolean;
}

/** A driver that talks HTTP to a fake of its service; pauses take no time and are kept. */
export async function openDriver(kind: DriverKind, options: OpenOptions = {}): Promise<OpenDriver> {
  const pair = kind === 'stash' ? createPair() : undefined;
  const fake = await openFake(kind, options, pair?.publicKey ?? '');
  const { wire, close } = openWire();
  const pauses: number[] = [];
  const sleep = async (duration: number) => {
    pauses.push(duration);
  };
  const service = { server: fake.url, wire, sleep, now: () => NOW };
  const driver = createDriver(kind, service, pair?.privateKey ?? '');
  return {
    driver,
    fake,
    pauses,
    async close() {
      close();
      await fake.close();
    },
  };
}

/** As Drone had it: PKCS#1. */
function createPair() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
}

function openFake(kind: DriverKind, { moreRepos, isOld }: OpenOptions, publicKey: string) {
  switch (kind) {
    case 'gitea':
    case 'github':
      return openFakeHub(kind, moreRepos);
    case 'gitlab':
      return openFakeGitlab();
    case 'bitbucket':
      return openFakeBitbucket(moreRepos);
    case 'stash':
      return openFakeStash(publicKey, isOld);
  }
}

type Service = Parameters<typeof createGiteaDriver>[0] extends infer Options ? Omit<Options, 'oauth'> : never;

function createDriver(kind: DriverKind, service: Service, privateKey: string): Driver {
  switch (kind) {
    case 'gitea':
      return createGiteaDriver({ ...service, oauth: OAUTH });
    case 'github':
      return createGithubDriver({ ...service, oauth: OAUTH });
    case 'gitlab':
      return createGitlabDriver({ ...service, oauth: OAUTH });
    case 'bitbucket':
      return createBitbucketDriver({ ...service, oauth: OAUTH, apiServer: service.server });
    case 'stash':
      return createStashDriver({ ...service, consumerKey: 'sortie', privateKey });
  }
}
