import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunnerService } from '@sortie/contract/runner';
import { BUILD, REPO, STAGE } from '@sortie/pipeline/compile-context.fixture';
import { answerStatus, type StatusDeps } from './answer.ts';
import { createHistory } from './history.ts';

const LEASE = { stageId: STAGE.id, attempt: 1, fence: 1 };
const LOGIN = { username: 'ada', password: 'secret', realm: 'My "Realm"' };

/** A runner that has one stage with one step, which has failed. */
async function aRunner(login = LOGIN): Promise<StatusDeps> {
  const history = createHistory(() => 1_800_000_000_000);
  const step = { id: 5, stageId: STAGE.id, number: 1, attempt: 1, name: 'bui<ld', status: 'pending' };
  const rest = { error: '', errIgnore: false, exitCode: 0, reason: '', dependsOn: [], image: '' };
  const row = { ...step, ...rest, isDetached: false, schema: '', started: 0, stopped: 0, version: 1 };
  const service = {
    request: async () => ({ repo: REPO, build: BUILD, stage: STAGE, lease: LEASE }),
    begin: async () => [row],
    updateStep: async () => undefined,
    appendLog: async () => ({ size: 0 }),
    finish: async () => undefined,
  } as unknown as RunnerService;
  const watched = history.watch(service);
  await watched.request({} as never, { waitMs: 0, signal: new AbortController().signal });
  await watched.begin(LEASE, []);
  const bytes = Buffer.from('<script>alert(1)</script>\n');
  await watched.appendLog(LEASE, 5, { offset: 0, bytes, checksum: 0, marks: [] });
  const result = { exitCode: 3, error: '', started: 1, stopped: 2 } as const;
  await watched.updateStep(LEASE, { stepId: 5, status: 'failure', reason: 'exit', ...result });
  await watched.finish(LEASE, { status: 'failure', ...result, steps: [] });
  return {
    name: 'build-1',
    history,
    login,
    logLines: () => ['{"msg":"<hello>"}\n'],
    metrics: () => ({
      ...{ capacity: 4, spooled: 1, version: '1.2.3' },
      process: { memoryBytes: 1000, cpuSeconds: 1.5, started: 1_800_000_000 },
    }),
  };
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

const GET = { method: 'GET', url: '/', authorization: basic('ada:secret'), accept: 'text/html' };

describe('the history of a runner', () => {
  it('keeps the last 64 KiB of what the steps of a stage have written', async () => {
    const history = createHistory(() => 0);
    const service = {
      request: async () => ({ repo: REPO, build: BUILD, stage: STAGE, lease: LEASE }),
      appendLog: async () => ({ size: 0 }),
    } as unknown as RunnerService;
    const watched = history.watch(service);
    await watched.request({} as never, { waitMs: 0, signal: new AbortController().signal });
    let text = '';
    for (const length of [10, 65_530, 65_536, 3, 200_000, 1, 65_535]) {
      const part = String(length % 10).repeat(length);
      const bytes = Buffer.from(part);
      await watched.appendLog(LEASE, 5, { offset: text.length, bytes, checksum: 0, marks: [] });
      // The bytes are those of the writer again.
      bytes.fill('?');
      text += part;
      assert.ok(history.recent()[0]?.tail.equals(Buffer.from(text.slice(-65_536))), `after ${length}`);
    }
  });
});

describe('the port of a runner', () => {
  it('says without a login that the process lives', async () => {
    const deps = await aRunner();
    const answer = answerStatus(deps, { ...GET, url: '/healthz?x=1', authorization: '' });
    assert.deepEqual(answer, { status: 200, headers: {}, body: '' });
  });

  it('tells Prometheus what it does, in the text format', async () => {
    const { status, headers, body } = answerStatus(await aRunner(), {
      ...GET,
      url: '/metrics',
      authorization: '',
    });
    assert.equal(status, 200);
    assert.match(headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/);
    for (const line of body.trimEnd().split('\n')) {
      assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"\})? [0-9.e+-]+)$/);
    }
    assert.match(body, /^sortie_runner_stages_total\{status="failure"\} 1$/m);
    assert.match(body, /^sortie_runner_running_stages 0$/m);
    assert.match(body, /^sortie_runner_spooled_stages 1$/m);
    assert.match(body, /^sortie_runner_log_bytes_total 26$/m);
  });

  it('shows its pages to whoever knows login and password, and to nobody else', async () => {
    const deps = await aRunner();
    for (const url of ['/', `/view?id=${STAGE.id}`, '/logs']) {
      assert.equal(answerStatus(deps, { ...GET, url }).status, 200, url);
      for (const given of ['', basic('ada:wrong'), basic(':secret'), 'Bearer secret', 'Basic %%%']) {
        const answer = answerStatus(deps, { ...GET, url, authorization: given });
        assert.equal(answer.status, 401, `${url} ${given}`);
        assert.equal(answer.headers['www-authenticate'], 'Basic realm="My Realm", charset="UTF-8"');
        assert.ok(!answer.body.includes(REPO.slug));
      }
    }
    const closed = await aRunner({ ...LOGIN, password: '' });
    assert.equal(answerStatus(closed, { ...GET, authorization: basic('ada:') }).status, 404);
  });

  it('shows pipelines, their steps and the end of their output as text', async () => {
    const deps = await aRunner();
    assert.match(answerStatus(deps, GET).body, new RegExp(`<a href="view\\?id=${STAGE.id}">${REPO.slug} #`));
    const { body, headers } = answerStatus(deps, { ...GET, url: `/view?id=${STAGE.id}` });
    assert.match(body, /<td>bui&lt;ld<\/td><td>failure<\/td><td>3<\/td><td>exit<\/td>/);
    assert.match(body, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
    assert.ok(!body.includes('<script>'));
    assert.match(headers['content-security-policy'] ?? '', /default-src 'none'/);
    assert.match(answerStatus(deps, { ...GET, url: '/logs' }).body, /&lt;hello&gt;/);
    assert.equal(answerStatus(deps, { ...GET, url: '/view?id=99999' }).status, 404);
  });

  it('gives the list as JSON with the members of official runners', async () => {
    const { body } = answerStatus(await aRunner(), { ...GET, accept: 'application/json' });
    const [first] = JSON.parse(body) as readonly Record<string, { readonly status?: string }>[];
    assert.deepEqual(Object.keys(first ?? {}), ['stage', 'build', 'repo', 'created', 'updated']);
    assert.equal(first?.stage?.status, 'failure');
  });

  it('knows no other path and changes nothing', async () => {
    const deps = await aRunner();
    assert.equal(answerStatus(deps, { ...GET, url: '/../etc/passwd' }).status, 404);
    assert.equal(answerStatus(deps, { ...GET, method: 'POST' }).status, 405);
    assert.equal(answerStatus(deps, { ...GET, url: '//x' }).status, 404);
  });
});
