import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { type GogsWorld, openGogsWorld } from './gogs-world.fixture.ts';

const run = promisify(execFile);
const SLUG = 'ada/secret';

describe('cloning from Gogs', () => {
  let world: GogsWorld;
  let folder: string;
  beforeEach(async () => {
    world = await openGogsWorld();
    folder = await mkdtemp(join(tmpdir(), 'clone-'));
    world.fake.addRepo(SLUG, { isPrivate: true });
    world.fake.push(SLUG, {
      files: {
        'README.md': 'hello\n',
        'docs/a.txt': 'deep\n',
        link: { kind: 'symlink', target: 'README.md' },
      },
    });
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
    await world.close();
  });

  const clone = async (login: string) => {
    const httpUrl = `${world.fake.url}${SLUG}.git`;
    const netrc = await world.driver.cloneCredentials(world.token(login), { httpUrl });
    const address = httpUrl.replace('//', `//${netrc.login}:${netrc.password}@`);
    const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_GLOBAL: '/dev/null' };
    await run('git', ['clone', '--quiet', '--depth', '1', address, folder], { env });
    return (await run('git', ['-C', folder, 'rev-parse', 'HEAD'], { env })).stdout.trim();
  };

  it('[scm C1] a private repository is cloned with the credentials of the driver', async () => {
    const tip = world.fake.push(SLUG, { files: { 'docs/b.txt': 'more\n' } });
    assert.equal(await clone('ada'), tip);
    assert.equal(await readFile(join(folder, 'docs/a.txt'), 'utf8'), 'deep\n');
    assert.equal(await readFile(join(folder, 'link'), 'utf8'), 'hello\n');
  });

  it('a stranger cannot clone it', async () => {
    await assert.rejects(clone('eve'), /403/);
  });
});
