import { randomBytes } from 'node:crypto';
import { createGitPushes } from '@sortie/testing/gogs-loop/git-pushes';
import type { GogsPerson, GogsUnderTest } from '@sortie/testing/gogs-loop/gogs-under-test';
import { type GogsApi, openGogsApi } from './gogs-api.ts';
import { openGogsSession } from './gogs-session.ts';

/** A Gogs that runs somewhere: its API, its pages where the API lacks something, and git. */
export function openRealGogs(url: string, adminToken: string): GogsUnderTest {
  const base = url.endsWith('/') ? url : `${url}/`;
  const admin = openGogsApi(base, `token ${adminToken}`);
  const mark = randomBytes(3).toString('hex');
  const people: GogsPerson[] = [];
  const slugs: { readonly slug: string; readonly owner: GogsPerson }[] = [];
  const session = ({ login, password }: GogsPerson) => openGogsSession(base, login, password);
  return {
    url: base,
    async addUser(name) {
      const person = { login: `${name}-${mark}`, password: `Pw-${randomBytes(9).toString('hex')}` };
      await admin.send('POST', 'admin/users', {
        ...{ username: person.login, email: `${person.login}@example.test`, password: person.password },
        ...{ source_id: 0, login_name: '', send_notify: false },
      });
      people.push(person);
      return person;
    },
    async addRepo(owner, name) {
      await admin.send('POST', `admin/users/${owner.login}/repos`, { name, private: true });
      const slug = `${owner.login}/${name}`;
      slugs.push({ slug, owner });
      return slug;
    },
    async setMode(slug, _owner, { login }, mode) {
      const path = `repos/${slug}/collaborators/${login}`;
      if (mode === undefined) await admin.send('DELETE', path);
      else await admin.send('PUT', path, { permission: mode });
    },
    ...createGitPushes(base),
    async fork(slug, by) {
      const { id } = await admin.send<{ id: number }>('GET', `repos/${slug}`);
      const user = await admin.send<{ id: number }>('GET', `users/${by.login}`);
      const name = slug.split('/')[1] ?? '';
      const form = { user_id: String(user.id), repo_name: name, description: '' };
      await (await session(by)).post(`repo/fork/${id}`, form);
      const fork = `${by.login}/${name}`;
      await admin.send('GET', `repos/${fork}`);
      slugs.unshift({ slug: fork, owner: by });
      return fork;
    },
    async openPull(slug, by, { fork, head, title }) {
      const from = `${fork.split('/')[0]}:${head}`;
      const location = await (await session(by)).post(`${slug}/compare/main...${from}`, {
        title,
        content: '',
      });
      const [, number] = /\/pulls\/(\d+)$/.exec(location) ?? [];
      if (number === undefined) throw new Error(`Gogs made no pull request; it leads to "${location}"`);
      return Number(number);
    },
    async revokeTokens(who) {
      const pages = await session(who);
      const page = await pages.read('user/settings/applications');
      const ids = [...page.matchAll(/applications\/delete"[^>]*data-id="(\d+)"/g)];
      if (ids.length === 0) throw new Error('the page of access tokens lists none that could be deleted');
      for (const [, id = ''] of ids) await pages.post('user/settings/applications/delete', { id });
    },
    async removeHooks(slug) {
      const hooks = await admin.send<{ id: number }[]>('GET', `repos/${slug}/hooks`);
      for (const { id } of hooks) await admin.send('DELETE', `repos/${slug}/hooks/${id}`);
    },
    async close() {
      for (const { slug, owner } of slugs) await (await ownApi(base, owner)).send('DELETE', `repos/${slug}`);
      for (const { login } of people) await admin.send('DELETE', `admin/users/${login}`);
    },
  };
}

/** Only owners may delete a repository; the token goes with the account. */
async function ownApi(base: string, { login, password }: GogsPerson): Promise<GogsApi> {
  const basic = Buffer.from(`${login}:${password}`).toString('base64');
  const made = await openGogsApi(base, `Basic ${basic}`).send<{ sha1: string }>(
    'POST',
    `users/${login}/tokens`,
    { name: `clean-up-${randomBytes(4).toString('hex')}` },
  );
  return openGogsApi(base, `token ${made.sha1}`);
}
