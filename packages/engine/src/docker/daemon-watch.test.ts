import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { openDocker } from './client.ts';
import { DaemonWatch } from './daemon-watch.ts';

test('a daemon that gives no sign of life three times is given up', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sortie-watch-'));
  const answers = ['ok', 'drop', 'ok', 'drop', 'drop', 'drop'];
  let asked = 0;
  const server = createServer((request, response) => {
    const answer = answers[asked];
    asked += 1;
    if (answer === 'ok') response.end('OK');
    else request.socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(join(directory, 'docker.sock'), resolve));
  const docker = await openDocker({ host: `unix://${directory}/docker.sock` });
  // Every delay is over at once.
  const clock = {
    now: () => 0,
    after: (_delayMs: number, run: () => void) => {
      const immediate = setImmediate(run);
      return () => clearImmediate(immediate);
    },
  };
  const watch = new DaemonWatch(docker, clock);
  await once(watch.signal, 'abort');
  assert.equal(asked, answers.length);
  assert.equal(watch.signal.reason.code, 'docker-unreachable');
  watch.stop();
  await promisify(server.close.bind(server))();
  await rm(directory, { recursive: true });
});
