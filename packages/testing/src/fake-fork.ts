import { createHash } from 'node:crypto';
import type { FakeForgeFile, FakeForgePush, FakeForgeRepo, FakeForgeState } from './fake-forge-state.ts';
import { sendSigned } from './fake-push.ts';

export interface ForkPair {
  readonly base: string;
  readonly fork: string;
}

const BRANCH = 'gimbal';
const NUMBER = 7;

/** Makes a fork of the repository with one more commit on a branch of its own; the base never holds that commit. */
export function openFork(
  state: FakeForgeState,
  { base, fork }: ForkPair,
  files: Readonly<Record<string, string>>,
): FakeForgePush {
  const parent = state.repos.find(({ slug }) => slug === base);
  const before = parent?.branches.get('main');
  if (parent === undefined || before === undefined) throw new Error(`the fake has no branch main in ${base}`);
  const message = 'turn the gimbal\n';
  const after = createHash('sha1').update(`${fork} ${before} ${message}`).digest('hex');
  const entries = Object.entries(files).map(([path, data]) => [path, { kind: 'file', data }] as const);
  state.commits.set(after, { message, files: new Map<string, FakeForgeFile>(entries) });
  const made: FakeForgeRepo = {
    ...{ id: 900, slug: fork, isPrivate: true, access: 'read' },
    branches: new Map([[BRANCH, after]]),
    ...{ tags: new Map(), pulls: new Map(), hooks: [] },
  };
  state.repos.push(made);
  return { branch: BRANCH, before, after, message };
}

/** Tells the webhooks of the base of a pull request from the fork, as Bitbucket Cloud does: with twelve digits of the commit. */
export function sendForkPull(
  { url, state }: { readonly url: string; readonly state: FakeForgeState },
  { base, fork }: ForkPair,
  { before, after, message }: FakeForgePush,
): Promise<readonly number[]> {
  const repo = state.repos.find(({ slug }) => slug === base);
  if (repo === undefined) throw new Error(`the fake has no repository ${base}`);
  const side = (slug: string, branch: string, sha: string) => ({
    branch: { name: branch },
    commit: { hash: sha.slice(0, 12) },
    repository: { full_name: slug, uuid: `{a1-${slug === base ? repo.id : 900}}` },
  });
  const body = {
    actor: { uuid: '{u-7}', nickname: 'ada', display_name: 'Ada L' },
    repository: { uuid: `{a1-${repo.id}}`, full_name: base, is_private: repo.isPrivate },
    pullrequest: {
      ...{ id: NUMBER, title: message.trim(), description: '', state: 'OPEN' },
      author: { uuid: '{u-7}', nickname: 'ada', display_name: 'Ada L' },
      source: side(fork, BRANCH, after),
      destination: side(base, 'main', before),
      links: { html: { href: `${url}${base}/pull-requests/${NUMBER}` } },
    },
  };
  return sendSigned('bitbucket', repo, body, 'pullrequest:created');
}
