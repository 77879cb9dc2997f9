import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFakeBitbucket } from './fake-bitbucket.ts';
import { commitTo, type FakeForgeState } from './fake-forge-state.ts';
import { openFakeGitlab } from './fake-gitlab.ts';
import { startFakeGogs } from './fake-gogs/fake-gogs.ts';
import { openFakeHub } from './fake-hub.ts';
import { type FakeKind, sendPush } from './fake-push.ts';
import type { FakeService } from './fake-service.ts';
import { openFakeStash } from './fake-stash.ts';

export const FAKE_SERVICES = ['gogs', 'gitea', 'github', 'gitlab', 'bitbucket', 'stash'] as const;
export type FakeServiceName = (typeof FAKE_SERVICES)[number];

/** A fake Git service that a person or a whole server can use, with one repository worth activating. */
export interface FakeByHand {
  readonly url: string;
  /** What a server is connected with. */
  readonly settings: Readonly<Record<string, string>>;
  /** How somebody signs in, as a sentence. */
  readonly account: string;
  readonly slug: string;
  /** Statuses that the service was told, newest last. */
  readonly statuses: FakeForgeState['statuses'];
  /** A commit with this pipeline file on `main`; returns what the webhooks answered. */
  push(pipeline: string): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Opens the fake; port 0 = any free one. */
export async function openFakeByHand(name: FakeServiceName, port = 0): Promise<FakeByHand> {
  if (name === 'gogs') return openGogs(port);
  const keys = name === 'stash' ? await createKeys() : undefined;
  const fake = await openFake(name, port, keys?.publicKey ?? '');
  const slug = 'acme/rocket';
  return {
    url: fake.url,
    settings: settingsOf(name, fake.url, keys?.path ?? ''),
    account: 'Whoever signs in is ada; nobody is asked.',
    slug,
    statuses: fake.state.statuses,
    push: (pipeline) => sendPush(name, fake, slug, commitTo(fake.state, slug, { '.drone.yml': pipeline })),
    async close() {
      await fake.close();
      await keys?.remove();
    },
  };
}

async function openGogs(port: number): Promise<FakeByHand> {
  const gogs = await startFakeGogs({ port });
  const slug = 'ada/demo';
  const { login, password } = gogs.addUser('ada');
  const token = gogs.addToken(login);
  gogs.addRepo(slug, { isPrivate: true });
  return {
    url: gogs.url,
    settings: { DRONE_GOGS_SERVER: gogs.url },
    account: `Sign in as ${login} with the password ${password}, or with the token ${token}.`,
    slug,
    statuses: [],
    async push(pipeline) {
      const before = gogs.deliveries.length;
      gogs.push(slug, { files: { '.drone.yml': pipeline } });
      await gogs.settled();
      return gogs.deliveries.slice(before).map(({ status }) => status);
    },
    close: () => gogs.close(),
  };
}

function openFake(
  kind: FakeKind,
  port: number,
  publicKey: string,
): Promise<FakeService & { readonly state: FakeForgeState }> {
  switch (kind) {
    case 'gitea':
    case 'github':
      return openFakeHub(kind, 0, port);
    case 'gitlab':
      return openFakeGitlab(port);
    case 'bitbucket':
      return openFakeBitbucket(0, port);
    case 'stash':
      return openFakeStash(publicKey, false, port);
  }
}

function settingsOf(kind: FakeKind, url: string, keyPath: string): Record<string, string> {
  if (kind === 'stash') {
    const clone = { DRONE_GIT_USERNAME: 'ada', DRONE_GIT_PASSWORD: 'any' };
    const consumer = { DRONE_STASH_CONSUMER_KEY: 'sortie', DRONE_STASH_PRIVATE_KEY: keyPath };
    return { DRONE_STASH_SERVER: url, ...consumer, ...clone };
  }
  const name = kind.toUpperCase();
  const place = kind === 'bitbucket' ? 'SORTIE_BITBUCKET_SERVER' : `DRONE_${name}_SERVER`;
  return {
    [place]: url,
    [`DRONE_${name}_CLIENT_ID`]: 'client',
    [`DRONE_${name}_CLIENT_SECRET`]: 'secret',
  };
}

async function createKeys() {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const folder = await mkdtemp(join(tmpdir(), 'sortie-fake-'));
  const path = join(folder, 'key.pem');
  await writeFile(path, privateKey, { mode: 0o600 });
  return { publicKey, path, remove: () => rm(folder, { recursive: true, force: true }) };
}
