import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { awaitBuild, clientOf, logOf, stepOf } from '@sortie/testing/await-build';
import {
  createWorkingCopy,
  pushUrl,
  type ServerProcess,
  startServerProcess,
  type WorkingCopy,
} from '@sortie/testing/server-process';
import { TEST_IMAGE } from '@sortie/testing/test-image';

const PIPELINE = `kind: pipeline
type: docker
name: default
clone:
  disable: true
steps:
  - name: fail
    image: ${TEST_IMAGE}
    failure: ignore
    commands:
      - cat /shared/file
      - echo "$FROM_FILE / $FROM_MAP / $HTTP_PROXY"
      - touch /shared/file || echo read-only
      - cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || true
      - exit 3
  - name: late
    image: ${TEST_IMAGE}
    commands: [echo "status $DRONE_STAGE_STATUS"]
`;

describe('settings of the runner', () => {
  let folder: string;
  let server: ServerProcess;
  let copy: WorkingCopy;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sortie-settings-'));
    await writeFile(join(folder, 'file'), 'of the machine\n');
    await writeFile(join(folder, 'env'), 'FROM_FILE="a b"\n');
    server = await startServerProcess({
      env: {
        SORTIE_RUNNER_ENGINES: 'docker',
        DRONE_RUNNER_VOLUMES: `${folder}:/shared:ro`,
        DRONE_RUNNER_ENVIRON: 'FROM_MAP:m',
        DRONE_RUNNER_ENV_FILE: join(folder, 'env'),
        DRONE_MEMORY_LIMIT: String(64 * 1024 * 1024),
        DRONE_RUNNER_MAX_PROCS: '1',
        http_proxy: 'http://proxy.example:3128',
      },
    });
    copy = await createWorkingCopy();
  });
  after(async () => {
    await server.dispose();
    await copy.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it('reach every container: volumes, variables, proxies and limits', async () => {
    await writeFile(join(copy.directory, '.drone.yml'), PIPELINE);
    await copy.git('add', '.');
    await copy.git('commit', '--quiet', '--message', 'build it');
    await copy.git('push', '--quiet', pushUrl(server, 'ada/settings'), 'main');
    const client = clientOf(server);
    const build = await awaitBuild(client, 'ada/settings', 1);
    const log = await logOf(client, 'ada/settings', build, 'fail');
    assert.match(log, /^of the machine$/m);
    assert.match(log, /^a b \/ m \/ http:\/\/proxy\.example:3128$/m);
    assert.match(log, /^read-only$/m);
    assert.match(log, /^67108864$/m);
    assert.equal(stepOf(build, 'fail').exit_code, 3);
    assert.equal(
      await logOf(client, 'ada/settings', build, 'late'),
      '+ echo "status $DRONE_STAGE_STATUS"\nstatus success\n',
    );
    assert.equal(build.status, 'success');
  });
});
