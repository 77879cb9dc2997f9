import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { awaitBuild, clientOf } from '@sortie/testing/await-build';
import { createWorkingCopy, pushUrl, startServerProcess } from '@sortie/testing/server-process';

describe('a start that cannot succeed', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sortie-start-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function refusal(options: { data?: string; env?: Record<string, string> }): Promise<string> {
    let output = '';
    await assert.rejects(startServerProcess({ data: join(folder, 'data'), ...options }), (error: Error) => {
      output = error.message;
      return true;
    });
    assert.match(output, /ended with code 1 /);
    assert.doesNotMatch(output, /\n\s+at /, 'a known failure shows no stack');
    return output;
  }

  it('because the port is taken names the address and the setting', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const output = await refusal({ env: { DRONE_SERVER_PORT: `127.0.0.1:${port}` } });
    other.close();
    assert.match(output, new RegExp(`Another program listens on 127\\.0\\.0\\.1:${port} already\\.`));
    assert.match(output, /DRONE_SERVER_PORT.*\n\s+\(port-in-use\)/);
  });

  it('because the data folder cannot be written to names the folder and the setting', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const output = await refusal({ data: join(file, 'data') });
    assert.match(
      output,
      /The data folder .*file.data cannot be written to.*\n.*SORTIE_DATA.*\n\s+\(data-folder\)/,
    );
  });

  it('because another server uses the data folder says so and leaves the other one alone', async () => {
    const data = join(folder, 'shared');
    const first = await startServerProcess({ data });
    const output = await refusal({ data });
    assert.match(
      output,
      /Another server uses the data folder .*shared already\..*SORTIE_DATA.*\(data-folder\)/s,
    );
    assert.equal((await fetch(`${first.url}/healthz`)).status, 200);
    await first.stop('SIGKILL');
    const third = await startServerProcess({ data });
    await third.stop();
  });

  it('because a newer version wrote the data folder says so', async () => {
    const data = join(folder, 'newer');
    const server = await startServerProcess({ data });
    await server.stop();
    const database = new DatabaseSync(join(data, 'database.sqlite'));
    database.exec(`insert into migrations select * from migrations where false`);
    const columns = database.prepare('select * from migrations order by 1 desc limit 1').get() as Record<
      string,
      unknown
    >;
    const key = Object.keys(columns).find((name) => typeof columns[name] === 'number') ?? '';
    database.exec(`update migrations set ${key} = 9999 where ${key} = ${columns[key]}`);
    database.close();
    assert.match(await refusal({ data }), /newer.*\n?.*\(database-newer\)/s);
  });

  it('because a setting has no usable value names the setting and what it accepts', async () => {
    const output = await refusal({ env: { DRONE_COOKIE_TIMEOUT: '30', SORTIE_LEASE: 'soon' } });
    assert.match(output, /2 settings cannot be used:\n- .*DRONE_COOKIE_TIMEOUT.*\n- .*SORTIE_LEASE/s);
  });

  it('warns of a setting that nobody knows, with the one that was meant', async () => {
    const server = await startServerProcess({ env: { SORTIE_LEASES: '90s' } });
    await server.printed(/SORTIE_LEASES is not a setting that Sortie knows; did you mean SORTIE_LEASE\?/);
    await server.dispose();
  });
});

describe('a full disk', () => {
  it('refuses a push with a sentence, keeps what was there, and goes on when there is space again', async () => {
    const data = await mkdtemp(join(tmpdir(), 'sortie-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', data]);
    const copy = await createWorkingCopy();
    let server: Awaited<ReturnType<typeof startServerProcess>> | undefined;
    try {
      server = await startServerProcess({ data, env: { SORTIE_RUNNER: 'false' } });
      await writeFile(join(copy.directory, 'a.txt'), 'a');
      await copy.git('add', '.');
      await copy.git('commit', '--quiet', '--message', 'small');
      await copy.git('push', pushUrl(server, 'ada/full'), 'main');
      const filler = join(data, 'filler');
      await mkdir(filler);
      execFileSync('sh', ['-c', `dd if=/dev/zero of="${filler}/zeros" bs=64k 2>/dev/null || true`]);
      await writeFile(
        join(copy.directory, 'b.bin'),
        Buffer.alloc(4 * 1024 * 1024, 'x').map(() => Math.random() * 256),
      );
      await copy.git('add', '.');
      await copy.git('commit', '--quiet', '--message', 'large');
      await assert.rejects(copy.git('push', pushUrl(server, 'ada/full'), 'main'), /disk|space/i);
      await rm(filler, { recursive: true });
      await copy.git('push', pushUrl(server, 'ada/full'), 'main');
      const answer = await clientOf(server).request('GET', '/api/repos/ada/full/deliveries');
      const deliveries = (await answer.json()) as unknown[];
      assert.equal(deliveries.length, 2, 'the refused push moved nothing, the accepted ones are recorded');
    } finally {
      await copy.dispose();
      await server?.stop('SIGKILL');
      execFileSync('umount', ['-l', data]);
      await rm(data, { recursive: true, force: true });
    }
  });
});

describe('a push that cannot become a build at once', () => {
  const pipeline = 'kind: pipeline\ntype: exec\nname: default\nsteps:\n  - name: a\n    commands: ["true"]\n';

  it('because the database is locked says so and becomes one as soon as it can', async () => {
    const server = await startServerProcess({
      env: { SORTIE_RUNNER: 'false', SORTIE_SWEEP_INTERVAL: '1s' },
    });
    const copy = await createWorkingCopy();
    const database = new DatabaseSync(join(server.data, 'database.sqlite'));
    try {
      await writeFile(join(copy.directory, '.drone.yml'), pipeline);
      await copy.git('add', '.');
      await copy.git('commit', '--quiet', '--message', 'first');
      await copy.git('push', pushUrl(server, 'ada/locked'), 'main');
      database.exec('pragma busy_timeout = 120000');
      database.exec('begin immediate');
      const { stderr } = await copy.git('push', pushUrl(server, 'ada/locked'), 'main:refs/heads/second');
      assert.match(stderr, /stored, but not built yet; the server tries again\..*does not answer.*locked/s);
      database.exec('rollback');
      const build = await awaitBuild(clientOf(server), 'ada/locked', 2, () => true);
      assert.deepEqual([build.ref, build.status], ['refs/heads/second', 'pending']);
    } finally {
      database.close();
      await copy.dispose();
      await server.dispose();
    }
  });

  it('because its commit message is too long names cause and remedy', async () => {
    const server = await startServerProcess({ env: { SORTIE_RUNNER: 'false' } });
    const copy = await createWorkingCopy();
    const message = join(copy.directory, '.git', 'message');
    await writeFile(message, 'z'.repeat(1024 * 1024));
    await writeFile(join(copy.directory, '.drone.yml'), pipeline);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--file', message);
    const { stderr } = await copy.git('push', pushUrl(server, 'ada/long'), 'main');
    assert.match(
      stderr,
      /no build could be made \(invalid-request\)\. Commit \w+ is larger than 1 MiB\. Shorten/,
    );
    await copy.dispose();
    await server.dispose();
  });
});
