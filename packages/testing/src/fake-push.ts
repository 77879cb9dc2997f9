import { createHmac, randomUUID } from 'node:crypto';
import {
  type FakeForgePush,
  type FakeForgeRepo,
  type FakeForgeState,
  hubPrivacy,
  TIME,
} from './fake-forge-state.ts';

export type FakeKind = 'gitea' | 'github' | 'gitlab' | 'bitbucket' | 'stash';

/** Sends a push to every webhook of the repository, signed as the service does. Returns the statuses of the answers. */
export async function sendPush(
  kind: FakeKind,
  { url, state }: { readonly url: string; readonly state: FakeForgeState },
  slug: string,
  push: FakeForgePush,
): Promise<readonly number[]> {
  const repo = state.repos.find((known) => known.slug === slug);
  if (repo === undefined) throw new Error(`the fake has no repository ${slug}`);
  return sendSigned(kind, repo, BODIES[kind](url, repo, push));
}

/** Sends a body to every webhook of the repository, signed as the service does; `event` unless it is a push. */
export async function sendSigned(
  kind: FakeKind,
  repo: FakeForgeRepo,
  content: unknown,
  event?: string,
): Promise<readonly number[]> {
  const body = JSON.stringify(content);
  const answers: number[] = [];
  for (const hook of repo.hooks) {
    const { target, secret } = readHook(hook.body);
    const named = event === undefined ? {} : { 'x-event-key': event };
    const headers = { 'content-type': 'application/json', ...headersOf(kind, secret, body), ...named };
    const answer = await fetch(target, { method: 'POST', headers, body });
    await answer.body?.cancel();
    answers.push(answer.status);
  }
  return answers;
}

/** Every service keeps them at another place. */
function readHook(body: Readonly<Record<string, unknown>>): { target: string; secret: string } {
  const inside = { ...body, ...asRecord(body.config), ...asRecord(body.configuration) };
  return { target: String(inside.url), secret: String(inside.token ?? inside.secret ?? '') };
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function headersOf(kind: FakeKind, secret: string, body: string): Record<string, string> {
  const hex = createHmac('sha256', secret).update(body).digest('hex');
  const id = randomUUID();
  switch (kind) {
    case 'gitea':
      return { 'x-gitea-event': 'push', 'x-gitea-delivery': id, 'x-gitea-signature': hex };
    case 'github':
      return { 'x-github-event': 'push', 'x-github-delivery': id, 'x-hub-signature-256': `sha256=${hex}` };
    case 'gitlab':
      return { 'x-gitlab-event': 'Push Hook', 'x-gitlab-event-uuid': id, 'x-gitlab-token': secret };
    case 'bitbucket':
      return { 'x-event-key': 'repo:push', 'x-request-uuid': id, 'x-hub-signature': `sha256=${hex}` };
    case 'stash':
      return { 'x-event-key': 'repo:refs_changed', 'x-request-id': id, 'x-hub-signature': `sha256=${hex}` };
  }
}

type Compose = (url: string, repo: FakeForgeRepo, push: FakeForgePush) => unknown;

const ada = { name: 'Ada L', email: 'ada@example.test', username: 'ada' };

const BODIES: Readonly<Record<FakeKind, Compose>> = {
  gitea: (...what) => composeHub('gitea', ...what),
  github: (...what) => composeHub('github', ...what),
  gitlab: (url, { id, slug, isPrivate, visibility }, { branch, before, after, message }) => ({
    ...{ object_kind: 'push', event_name: 'push', before, after, ref: `refs/heads/${branch}` },
    ...{ checkout_sha: after, user_id: 7, user_name: 'Ada L', user_username: 'ada' },
    ...{ user_email: 'ada@example.test', user_avatar: null, project_id: id },
    project: {
      ...{ id, path_with_namespace: slug, web_url: url + slug, default_branch: 'main' },
      visibility_level: { private: 0, internal: 10, public: 20 }[
        visibility ?? (isPrivate ? 'private' : 'public')
      ],
    },
    commits: [{ id: after, message, timestamp: TIME, url: `${url}${slug}/-/commit/${after}`, author: ada }],
    total_commits_count: 1,
  }),
  bitbucket: (url, { id, slug }, { branch, before, after, message }) => {
    const user = { uuid: '{u-7}', nickname: 'ada', display_name: 'Ada L' };
    const author = { raw: 'Ada L <ada@example.test>', user };
    const side = (hash: string) => ({
      ...{ type: 'branch', name: branch },
      target: { type: 'commit', hash, date: TIME, message, author },
    });
    const links = { html: { href: url + slug } };
    return {
      actor: user,
      repository: { uuid: `{a1-${id}}`, full_name: slug, is_private: true, links },
      push: { changes: [{ new: side(after), old: side(before), created: false, closed: false }] },
    };
  },
  stash: (_url, { id, slug }, { branch, before, after }) => {
    const [key = '', name = ''] = slug.split('/');
    const ref = { id: `refs/heads/${branch}`, displayId: branch, type: 'BRANCH' };
    return {
      ...{ eventKey: 'repo:refs_changed', date: '2026-03-04T05:06:07+0100' },
      actor: { name: 'ada', slug: 'ada', id: 7, displayName: 'Ada L', emailAddress: 'ada@example.test' },
      repository: { id, slug: name, project: { key }, public: false },
      changes: [{ ref, refId: ref.id, fromHash: before, toHash: after, type: 'UPDATE' }],
    };
  },
};

function composeHub(
  kind: 'gitea' | 'github',
  url: string,
  repo: FakeForgeRepo,
  { branch, before, after, message }: FakeForgePush,
) {
  const { id, slug } = repo;
  const [owner = '', name = ''] = slug.split('/');
  const commit = {
    ...{ id: after, message, timestamp: TIME, url: `${url}${slug}/commit/${after}`, author: ada },
    ...{ committer: ada, added: [], removed: [], modified: ['.drone.yml'] },
  };
  return {
    ...{ ref: `refs/heads/${branch}`, before, after, commits: [commit], head_commit: commit },
    // Of the first push to a repository Gitea names its own front page.
    compare_url: /^0+$/.test(before) ? url : `${url}${slug}/compare/${before}...${after}`,
    compare: `${url}${slug}/compare/${before}...${after}`,
    repository: {
      ...{ id, name, full_name: slug, owner: { login: owner }, default_branch: 'main' },
      ...hubPrivacy(kind, repo),
      ...{ html_url: url + slug, clone_url: `${url}${slug}.git` },
    },
    pusher: { id: 7, login: 'ada', name: 'ada', email: 'ada@example.test' },
    sender: { id: 7, login: 'ada', avatar_url: `${url}avatars/7` },
  };
}
