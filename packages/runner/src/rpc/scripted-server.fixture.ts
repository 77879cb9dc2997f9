import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call that the server has received. */
export interface SeenCall {
  /** For example `PUT step`, `POST logs/upload`. */
  readonly name: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A status with a body; `drop` cuts the connection; `hold` never answers; `undefined` does what Drone does. */
export type Answer = { readonly status: number; readonly body?: unknown } | 'drop' | 'hold' | undefined;

export interface ScriptedServer {
  readonly baseUrl: string;
  readonly calls: readonly SeenCall[];
  /** Decides about the `nth` call (from 1) of a name; the last script for a name counts. */
  on(name: string, answer: (nth: number, call: SeenCall) => Answer): void;
  /** Resolves with the `nth` call of a name as soon as it has come. */
  called(name: string, nth?: number): Promise<SeenCall>;
  /** Answers what is held under this name. */
  release(name: string, status: number): void;
  named(name: string): readonly SeenCall[];
  close(): Promise<void>;
}

export interface ScriptedStage {
  readonly config: string;
  readonly stage?: Readonly<Record<string, unknown>>;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly repo?: Readonly<Record<string, unknown>>;
}

export const STAGE_ID = 7;
export const BUILD_ID = 5;

/** A server that behaves as an official one with a single stage to hand out, and otherwise as it is told. */
export async function startScriptedServer(given: ScriptedStage): Promise<ScriptedServer> {
  const calls: SeenCall[] = [];
  const scripts = new Map<string, (nth: number, call: SeenCall) => Answer>();
  const waiting = new Set<() => void>();
  const held = new Map<string, ServerResponse[]>();
  const stage = aWireStage(given.stage);
  let isHandedOut = false;
  let stageVersion = 1;
  const versions = new Map<number, number>();

  function usual(call: SeenCall): Answer {
    const id = Number(/\/(\d+)/.exec(call.url.replace('/rpc/v2', ''))?.[1]);
    if (call.name === 'POST stage' && call.url.endsWith('/stage')) {
      if (isHandedOut) return 'hold';
      isHandedOut = true;
      return { status: 200, body: stage };
    }
    if (call.name === 'POST accept') return { status: 200, body: { ...stage, version: ++stageVersion } };
    if (call.name === 'GET stage') return { status: 200, body: aContext(given, stage) };
    if (call.name === 'POST watch') return 'hold';
    if (call.name === 'PUT stage') return { status: 200, body: echoStage(JSON.parse(call.body)) };
    if (call.name === 'PUT step') {
      const version = (versions.get(id) ?? 1) + 1;
      versions.set(id, version);
      return { status: 200, body: { ...JSON.parse(call.body), version } };
    }
    return { status: 200 };
  }

  function echoStage(body: { steps?: { id: number; number: number }[] }) {
    stageVersion += 1;
    const steps = body.steps?.map((step) => {
      const id = step.id || 100 + step.number;
      const version = step.id === 0 ? 1 : (versions.get(id) ?? 1) + 1;
      versions.set(id, version);
      return { ...step, id, version };
    });
    return { ...body, steps, version: stageVersion };
  }

  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const url = request.url ?? '';
      const call = { name: nameOf(request.method ?? '', url), url, headers: request.headers, body };
      calls.push(call);
      const nth = calls.filter(({ name }) => name === call.name).length;
      for (const wake of [...waiting]) wake();
      reply(response, call, scripts.get(call.name)?.(nth, call) ?? usual(call));
    });
  });

  function reply(response: ServerResponse, call: SeenCall, answer: Answer): void {
    if (answer === 'drop') response.destroy();
    else if (answer === 'hold') held.set(call.name, [...(held.get(call.name) ?? []), response]);
    else {
      const { status, body } = answer ?? { status: 200 };
      response.writeHead(status).end(typeof body === 'string' ? body : body && JSON.stringify(body));
    }
  }

  const named = (name: string) => calls.filter((call) => call.name === name);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    on: (name, answer) => void scripts.set(name, answer),
    named,
    async called(name, nth = 1) {
      for (;;) {
        const call = named(name)[nth - 1];
        if (call !== undefined) return call;
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.add(resolve);
        await promise;
        waiting.delete(resolve);
      }
    },
    release(name, status) {
      for (const response of held.get(name) ?? []) response.writeHead(status).end();
      held.delete(name);
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function nameOf(method: string, url: string): string {
  const path = url.replace('/rpc/v2/', '').replace(/\?.*/, '');
  const [kind = '', id, ...rest] = path.split('/');
  if (rest.length > 0) return `${method} ${rest.join('/')}`;
  return method === 'POST' && kind === 'stage' && id !== undefined ? 'POST accept' : `${method} ${kind}`;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function aWireStage(patch: ScriptedStage['stage'] = {}): Record<string, unknown> {
  return {
    id: STAGE_ID,
    repo_id: 3,
    build_id: BUILD_ID,
    number: 1,
    name: 'default',
    kind: 'pipeline',
    type: 'exec',
    status: 'pending',
    errignore: false,
    exit_code: 0,
    os: 'linux',
    arch: 'amd64',
    variant: 'v8',
    kernel: '5',
    limit: 2,
    throttle: 3,
    started: 0,
    stopped: 0,
    created: 1_600_000_000,
    updated: 1_600_000_001,
    version: 1,
    on_success: true,
    on_failure: false,
    depends_on: ['before'],
    labels: { zone: 'a' },
    ...patch,
  };
}

function aContext({ config, context, repo }: ScriptedStage, stage: object): Record<string, unknown> {
  return {
    build: {
      id: BUILD_ID,
      repo_id: 3,
      number: 12,
      status: 'pending',
      event: 'push',
      after: 'a'.repeat(40),
      ref: 'refs/heads/main',
      target: 'main',
      stages: [stage],
    },
    stage,
    config: { Data: Buffer.from(config).toString('base64'), Hash: null },
    secrets: null,
    system: { proto: 'https', host: 'drone.example.com', version: '2.28.1' },
    netrc: null,
    repository: {
      id: 3,
      namespace: 'octocat',
      name: 'hello',
      slug: 'octocat/hello',
      git_http_url: 'https://git.example.com/octocat/hello.git',
      default_branch: 'main',
      visibility: 'public',
      config_path: '.drone.yml',
      timeout: 60,
      secret: '0123456789abcdef0123456789abcdef',
      ...repo,
    },
    ...context,
  };
}
