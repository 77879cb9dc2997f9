import assert from 'node:assert/strict';
import type { Build } from '@sortie/core/build';
import { createHttpWorld, type HttpWorld, type HttpWorldOptions } from '@sortie/testing/http-world';
import { storedBuild } from '@sortie/testing/queue-views';
import type { RpcParts } from './rpc-parts.ts';

/** What a runner gets; `body` is the parsed JSON where there is some. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read whatever members the wire has
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

export const SECRET = 'the-shared-secret';

export interface RpcWorld extends HttpWorld {
  /** How long refusals were held back. */
  readonly delays: readonly number[];
  call(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, options?: CallOptions): Promise<Answer>;
}

export interface CallOptions {
  /** The shared secret unless given. */
  readonly token?: string;
  readonly body?: unknown;
  /** Sent as it is. */
  readonly text?: string;
  readonly address?: string;
}

/** A server whose holds are short; refusals do not wait. */
export async function createRpcWorld(
  options: Omit<HttpWorldOptions, 'app'> & { readonly rpc?: RpcParts } = {},
): Promise<RpcWorld> {
  const delays: number[] = [];
  const sleep = async (ms: number) => void delays.push(ms);
  const env = { DRONE_RPC_SECRET: SECRET, SORTIE_RPC_POLL: '10ms', SORTIE_RPC_WATCH: '10ms' };
  const world = await createHttpWorld({
    ...(options.database === undefined ? {} : { database: options.database }),
    env: { ...env, ...options.env },
    app: { rpc: { sleep, ...options.rpc } },
  });
  return { ...world, delays, call: (method, path, given = {}) => send(world, method, path, given) };
}

/** As Go's client does: no content type, one line of JSON. */
async function send(world: HttpWorld, method: string, path: string, given: CallOptions): Promise<Answer> {
  const payload = given.text ?? (given.body === undefined ? undefined : `${JSON.stringify(given.body)}\n`);
  const reply = await world.app.inject({
    method: method as 'GET',
    url: `/rpc/v2${path}`,
    headers: {
      'x-drone-token': given.token ?? SECRET,
      'user-agent': 'Go-http-client/1.1',
      'accept-encoding': 'gzip',
      ...(payload === undefined && method !== 'GET' ? { 'content-length': '0' } : {}),
    },
    ...(payload === undefined ? {} : { payload }),
    ...(given.address === undefined ? {} : { remoteAddress: given.address }),
  });
  const text = reply.payload;
  const body = /^\s*[[{]/.test(text) ? JSON.parse(text) : undefined;
  return { status: reply.statusCode, text, body, headers: reply.headers };
}

/** What docker runners send. */
export const DOCKER = {
  kind: 'pipeline',
  type: 'docker',
  os: 'linux',
  arch: 'amd64',
  variant: '',
  kernel: '',
};

export interface ScriptedRunner {
  poll(filter?: object): Promise<Answer>;
  accept(stageId: number, machine?: string): Promise<Answer>;
  details(stageId: number): Promise<Answer>;
  putStage(id: number, body: object): Promise<Answer>;
  putStep(id: number, body: object): Promise<Answer>;
  watch(buildId: number): Promise<Answer>;
  ping(): Promise<Answer>;
}

/** A runner that does what it is told, over plain HTTP. */
export function aScriptedRunner(
  world: RpcWorld,
  given: { readonly machine?: string; readonly token?: string; readonly address?: string } = {},
): ScriptedRunner {
  const { machine = 'my-host', ...who } = given;
  const call: RpcWorld['call'] = (method, path, options) => world.call(method, path, { ...who, ...options });
  return {
    poll: (filter = DOCKER) => call('POST', '/stage', { body: filter }),
    accept: (id, name = machine) => call('POST', `/stage/${id}?machine=${encodeURIComponent(name)}`),
    details: (id) => call('GET', `/stage/${id}`),
    putStage: (id, body) => call('PUT', `/stage/${id}`, { body }),
    putStep: (id, body) => call('PUT', `/step/${id}`, { body }),
    watch: (id) => call('POST', `/build/${id}/watch`),
    ping: () => call('POST', '/ping'),
  };
}

/** A step as runners of the older kind list it first. */
export function aWireStep(stageId: number, number = 1, patch: object = {}) {
  return {
    ...{ id: 0, step_id: stageId, number, name: `step-${number}`, status: 'pending' },
    ...{ exit_code: 0, version: 0 },
    ...patch,
  };
}

/** A stage that the runner has polled and accepted. */
export async function accepted(runner: ScriptedRunner): Promise<Answer['body']> {
  const offered = await runner.poll();
  assert.equal(offered.status, 200, offered.text);
  assert.ok(offered.body.id, 'nothing was offered');
  const answer = await runner.accept(offered.body.id);
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

/** A stage that runs with so many steps. */
export async function running(runner: ScriptedRunner, count = 1): Promise<Answer['body']> {
  const stage = await accepted(runner);
  const steps = Array.from({ length: count }, (_, at) => aWireStep(stage.id, at + 1));
  const answer = await runner.putStage(stage.id, { ...stage, status: 'running', steps });
  assert.equal(answer.status, 200, answer.text);
  return answer.body;
}

/** A stage whose first step runs. */
export async function atWork(runner: ScriptedRunner, count = 1) {
  const stage = await running(runner, count);
  const answer = await runner.putStep(stage.steps[0].id, { ...stage.steps[0], status: 'running' });
  assert.equal(answer.status, 200, answer.text);
  return { stage, step: answer.body };
}

/** The words of a build, its only stage and the steps of that. */
export async function statuses(world: RpcWorld, build: Pick<Build, 'id'>) {
  const stored = await storedBuild(world, build.id);
  return [stored.build.status, stored.stage.status, ...stored.steps.map((step) => step.status)];
}
