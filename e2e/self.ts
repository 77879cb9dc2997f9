/**
 * Sortie builds Sortie: pushes this checkout to a fresh server, which runs the pipelines of the project's own
 * `.drone.yml` on this machine, and follows the build on the terminal. Ends with the result as exit status.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { followBuild } from '@sortie/cli/follow';
import { clientOf } from '@sortie/testing/await-build';
import { pushUrl, REPO_ROOT, startServerProcess } from '@sortie/testing/server-process';

const run = promisify(execFile);
const SLUG = 'ada/sortie';

process.exitCode = await main();

async function main(): Promise<number> {
  const bundle = join(REPO_ROOT, 'dist/sortie.mjs');
  const folder = await mkdtemp(join(tmpdir(), 'sortie-self-'));
  const server = await startServerProcess({
    entry: bundle,
    env: {
      SORTIE_RUNNER_ENGINES: 'docker,exec',
      DRONE_RUNNER_ENVIRON: npmEnvironment(),
      SORTIE_LOG_LIMIT: '20MB',
    },
  });
  try {
    const copy = await cloneTree(join(folder, 'checkout'));
    const opened = Promise.withResolvers<void>();
    const followed = followBuild(
      { client: clientOf(server), write: (text) => void process.stdout.write(text), useColor: false },
      (repo) => repo.slug === SLUG,
      { signal: AbortSignal.timeout(60 * 60_000), onOpen: opened.resolve },
    );
    await Promise.race([opened.promise, followed]);
    const { stderr } = await run('git', ['push', pushUrl(server, SLUG), 'HEAD:refs/heads/main'], {
      cwd: copy,
    });
    process.stdout.write(stderr.replaceAll(server.token, '******'));
    const { build } = await followed;
    console.log(`\nThe project's own pipeline: ${build.status}.`);
    return build.status === 'success' ? 0 : 1;
  } finally {
    await server.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

/** What is committed, as one commit: a shallow clone cannot be pushed as it is. */
async function cloneTree(directory: string): Promise<string> {
  const git = (...args: string[]) => run('git', args, { cwd: REPO_ROOT, maxBuffer: 1 << 28 });
  const person = ['-c', 'user.name=Sortie', '-c', 'user.email=sortie@example.com'];
  const { stdout: tree } = await git('rev-parse', 'HEAD^{tree}');
  const { stdout: commit } = await git(...person, 'commit-tree', tree.trim(), '-m', 'The tree under test');
  await git('clone', '--quiet', '--no-checkout', '--no-hardlinks', REPO_ROOT, directory);
  await run('git', ['fetch', '--quiet', REPO_ROOT, commit.trim()], { cwd: directory }).catch(() => undefined);
  await run('git', ['checkout', '--quiet', '--detach', commit.trim()], { cwd: directory });
  return directory;
}

/** Steps inherit nothing of the machine but PATH; npm needs to know where its registry and cache are. */
function npmEnvironment(): string {
  const names = Object.keys(process.env).filter((name) => /^npm_config_(registry|cache|cafile)$/i.test(name));
  return names.map((name) => `${name}:${process.env[name]}`).join(',');
}
