import { createHmac, randomUUID } from 'node:crypto';
import type { DatabaseConfig } from '@sortie/server/config-database';
import { createSealer } from '@sortie/server/seal/sealer';
import { sealToken } from '@sortie/server/services/identity-tokens';
import { ensureRepoKeys, openRepoSigner } from '@sortie/server/services/repo-keys';
import { ensureConnection } from '@sortie/server/store/connections';
import { openDatabase } from '@sortie/server/store/db';
import { findIdentityOfUser, insertIdentity, updateIdentity } from '@sortie/server/store/identities';
import { insertRepo } from '@sortie/server/store/repos';
import { insertUser } from '@sortie/server/store/users';
import { aRepo, aUser } from '@sortie/testing/domain-builders';
import type { FakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';

/** A repository whose webhooks can be signed. */
export interface SignedRepo {
  readonly slug: string;
  readonly uid: number;
  readonly sha: string;
  readonly signer: string;
}

/** Key of the database of the measured server: 32 characters. */
export const SEAL_SECRET = 'bench-bench-bench-bench-bench-00';
const REPOS = 20;
const PIPELINE =
  'kind: pipeline\ntype: docker\nname: default\nsteps:\n- name: test\n  image: a\n  commands: [true]\n';

/** Repositories with a commit at the fake, known to the database, with an owner whose token works. */
export async function prepareHooks(config: DatabaseConfig, gogs: FakeGogs): Promise<readonly SignedRepo[]> {
  const { db, close } = await openDatabase(config);
  try {
    const sealer = createSealer([Buffer.from(SEAL_SECRET)]);
    const connection = await ensureConnection(db, { kind: 'gogs', name: 'gogs', url: gogs.url });
    const account = gogs.addUser('ada');
    const uid = String(account.id);
    const ada = await insertUser(db, aUser({ login: 'ada-at-gogs', uid, connectionId: connection.id }));
    const identity = { userId: ada.id, connectionId: connection.id, uid, login: 'ada' };
    await insertIdentity(db, { ...identity, created: Math.floor(Date.now() / 1000) });
    const stored = await findIdentityOfUser(db, ada.id, connection.id);
    if (stored === undefined) throw new Error('the identity is not there');
    const token = { access: gogs.addToken('ada'), refresh: '', expires: 0 };
    await updateIdentity(db, stored.id, { ...sealToken(sealer, stored.id, token), updated: 0 });
    const repos: SignedRepo[] = [];
    for (let at = 0; at < REPOS; at += 1) {
      const name = `repo-${at}`;
      const slug = `ada/${name}`;
      const fake = gogs.addRepo(slug);
      const sha = gogs.push(slug, { files: { '.drone.yml': PIPELINE } });
      const place = { connectionId: connection.id, uid: String(fake.id), namespace: 'ada', name };
      const links = { httpUrl: `${gogs.url}${slug}.git`, link: `${gogs.url}${slug}` };
      const repo = await insertRepo(
        db,
        aRepo({ ...place, ...links, isPrivate: false, visibility: 'public', userId: ada.id }),
      );
      await ensureRepoKeys({ db, sealer }, repo.id);
      repos.push({ slug, uid: fake.id, sha, signer: await openRepoSigner({ db, sealer }, repo.id) });
    }
    return repos;
  } finally {
    await close();
  }
}

/** A signed push as Gogs sends it, under a new id. */
export function signedPush(gogs: FakeGogs, repo: SignedRepo, number: number) {
  const sender = {
    id: 1,
    login: 'ada',
    username: 'ada',
    full_name: 'Ada Example',
    email: 'ada@example.test',
  };
  const author = { name: 'Ada Example', email: 'ada@example.test', username: 'ada' };
  const body = JSON.stringify(
    {
      ref: 'refs/heads/main',
      before: repo.sha,
      after: repo.sha,
      compare_url: '',
      commits: [
        {
          ...{
            id: repo.sha,
            message: `change number ${number}\n`,
            url: `${gogs.url}${repo.slug}/commit/${repo.sha}`,
          },
          ...{ author, committer: author, added: null, removed: null, modified: ['.drone.yml'] },
          timestamp: new Date().toISOString(),
        },
      ],
      repository: {
        ...{ id: repo.uid, owner: sender, name: repo.slug.slice(4), full_name: repo.slug, private: false },
        ...{ html_url: `${gogs.url}${repo.slug}`, clone_url: `${gogs.url}${repo.slug}.git`, ssh_url: '' },
        default_branch: 'main',
      },
      pusher: sender,
      sender,
    },
    null,
    2,
  );
  const id = randomUUID();
  const headers = {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'x-gogs-event': 'push',
    'x-gogs-delivery': id,
    'x-github-event': 'push',
    'x-github-delivery': id,
    'x-gogs-signature': createHmac('sha256', repo.signer).update(body).digest('hex'),
  };
  return { id, body, headers };
}

export interface Tally {
  readonly open: number;
  readonly stored: ReadonlyMap<string, string>;
  readonly builds: number;
}

/** What the database holds: unfinished deliveries, verdicts by delivery id, builds. */
export async function tally(config: DatabaseConfig): Promise<Tally> {
  const { db, close } = await openDatabase(config);
  try {
    const rows = await db.selectFrom('deliveries').select(['key', 'verdict']).execute();
    const { count } = await db
      .selectFrom('builds')
      .select((eb) => eb.fn.countAll().as('count'))
      .executeTakeFirstOrThrow();
    return {
      open: rows.filter(({ verdict }) => verdict === 'received').length,
      stored: new Map(rows.map(({ key, verdict }) => [key, verdict])),
      builds: Number(count),
    };
  } finally {
    await close();
  }
}
