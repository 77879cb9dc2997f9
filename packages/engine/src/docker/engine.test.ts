import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { buildRun, buildStage } from '@sortie/testing/engine-contract';
import { executeStage } from '../execute.ts';
import { DockerEngine } from './engine.ts';

const signal = new AbortController().signal;

function engineAt(host: string): DockerEngine {
  return new DockerEngine({ owner: 'test', tempDirectory: tmpdir(), git: { path: '/usr/bin:/bin' }, host });
}

describe('docker engine without Docker', () => {
  test('a daemon that is not there is an error with a remedy', async () => {
    await assert.rejects(engineAt('unix:///nowhere/docker.sock').check(signal), {
      code: 'docker-unreachable',
      hint: /DOCKER_HOST/,
    });
  });

  for (const host of ['ssh://user@host', 'nonsense', 'ftp://host']) {
    test(`the address ${host} is refused as a setting`, async () => {
      await assert.rejects(engineAt(host).check(signal), { code: 'config-value' });
    });
  }

  test('a stage on a daemon that is not there is an error that names the remedy', async () => {
    const engine = engineAt('unix:///nowhere/docker.sock');
    const outcome = await executeStage(
      {
        engine,
        report: { stepStarted: async () => undefined, stepEnded: async () => undefined },
        openLog: () => ({ write: () => undefined, close: () => undefined }),
        environmentFor: () => ({}),
      },
      buildStage('gone', [{ name: 'a', image: 'busybox' }]),
      { signal },
    );
    assert.equal(outcome.status, 'error');
    assert.match(outcome.error, /The Docker daemon does not answer.*Start Docker/);
    assert.equal(outcome.steps[0]?.result.status, 'skipped');
  });

  test('a container is started when the daemon knows that its end is awaited, and not before', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sortie-fake-docker-'));
    const asked: string[] = [];
    const server = createServer((request, response) => {
      const [, , call = ''] = new URL(request.url ?? '', 'http://docker').pathname.split('/').slice(1);
      request.resume();
      if (call === 'attach') return void request.socket.write('HTTP/1.1 200 OK\r\n\r\n');
      if (call === 'start') asked.push('start');
      if (call !== 'wait') return void response.writeHead(call === 'start' ? 204 : 201).end('{"Id":"c1"}');
      const answer = (): void => {
        asked.push('wait');
        response.writeHead(200).flushHeaders();
      };
      void askOften().then(answer, answer);
    });
    await new Promise<void>((resolve) => server.listen(join(directory, 'docker.sock'), resolve));
    const engine = engineAt(`unix://${directory}/docker.sock`);
    /** So long that whoever does not wait for the answer has gone on. */
    const askOften = async (): Promise<void> => {
      for (let count = 0; count < 20; count += 1) await engine.check(signal);
    };
    const stage = buildStage('waits', [{ name: 'a', image: 'app:1' }]);
    await engine.setup(stage, signal);
    for (const step of stage.plan.steps) await engine.start(stage, buildRun(step), signal);
    assert.deepEqual(asked, ['wait', 'start']);
    server.closeAllConnections();
    await promisify(server.close.bind(server))();
    await assert.rejects(engine.destroy(stage), { code: 'docker-unreachable' });
    await rm(directory, { recursive: true });
  });

  test('a daemon that vanishes while a step runs ends the step at once', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sortie-fake-docker-'));
    const started = Promise.withResolvers<void>();
    // Answers as Docker does until the container has started; the attached stream and the wait stay open. The end
    // of the stream is the end of its connection; a wait has the head of its answer at once.
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '', 'http://docker');
      request.resume();
      if (pathname.endsWith('/attach')) return void request.socket.write('HTTP/1.1 200 OK\r\n\r\n');
      if (pathname.endsWith('/wait')) return void response.writeHead(200).flushHeaders();
      if (pathname.endsWith('/start')) started.resolve();
      response.writeHead(pathname.endsWith('/start') ? 204 : 201).end('{"Id":"c1","Name":"n1"}');
    });
    await new Promise<void>((resolve) => server.listen(join(directory, 'docker.sock'), resolve));
    const engine = engineAt(`unix://${directory}/docker.sock`);
    const stage = buildStage('vanishes', [{ name: 'a', image: 'app:1' }]);
    await engine.setup(stage, signal);
    for (const step of stage.plan.steps) {
      const run = buildRun(step);
      await engine.start(stage, run, signal);
      const waited = engine.wait(stage, run);
      await started.promise;
      server.closeAllConnections();
      await assert.rejects(waited, { code: 'docker-unreachable' });
    }
    await promisify(server.close.bind(server))();
    await assert.rejects(engine.destroy(stage), { code: 'docker-unreachable' });
    const removed: string[] = [];
    const back = createServer((request, response) => {
      if (request.method === 'DELETE') removed.push((request.url ?? '').split('/')[1] ?? '');
      response.writeHead(request.method === 'DELETE' ? 204 : 404).end();
    });
    await new Promise<void>((resolve) => back.listen(join(directory, 'docker.sock'), resolve));
    await engine.close();
    assert.deepEqual(removed.sort(), ['containers', 'networks', 'volumes'], 'what was left goes at the end');
    back.closeAllConnections();
    await promisify(back.close.bind(back))();
    await rm(directory, { recursive: true });
  });
});
