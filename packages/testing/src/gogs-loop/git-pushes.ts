import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createWorkingCopy, type WorkingCopy } from '../server-process.ts';
import type { GogsChange, GogsPerson, GogsUnderTest } from './gogs-under-test.ts';

interface Copy extends WorkingCopy {
  /** Of the repository, with name and password. */
  readonly url: string;
}

/** What people do with git over HTTP. `base` ends with a slash. */
export function createGitPushes(base: string): Pick<GogsUnderTest, 'push' | 'tag' | 'deleteBranch'> {
  const withCopy = async <T>(
    slug: string,
    { login, password }: GogsPerson,
    work: (copy: Copy) => Promise<T>,
  ): Promise<T> => {
    const copy = await createWorkingCopy();
    const place = new URL(`${base}${slug}.git`);
    place.username = login;
    place.password = password;
    try {
      return await work({ ...copy, url: place.href });
    } finally {
      await copy.dispose();
    }
  };
  return {
    push: (slug, by, change) => withCopy(slug, by, (copy) => pushChange(copy, change)),
    tag: (slug, by, { name, isAnnotated }) =>
      withCopy(slug, by, async ({ git, url }) => {
        await git('fetch', '--quiet', url, 'main');
        await git('tag', ...(isAnnotated ? ['--annotate', '--message', name] : []), name, 'FETCH_HEAD');
        await git('push', '--quiet', url, `refs/tags/${name}`);
      }),
    deleteBranch: (slug, by, branch) =>
      withCopy(slug, by, async ({ git, url }) => {
        await git('push', '--quiet', url, `:refs/heads/${branch}`);
      }),
  };
}

async function pushChange(
  { git, directory, url }: Copy,
  { branch = 'main', files }: GogsChange,
): Promise<string> {
  const { stdout } = await git('ls-remote', '--heads', url);
  const start = [branch, 'main'].find((name) => stdout.includes(`\trefs/heads/${name}\n`));
  if (start !== undefined) {
    await git('fetch', '--quiet', url, `refs/heads/${start}`);
    await git('checkout', '--quiet', '-B', branch, 'FETCH_HEAD');
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'change something');
  await git('push', '--quiet', url, `HEAD:refs/heads/${branch}`);
  return (await git('rev-parse', 'HEAD')).stdout.trim();
}
