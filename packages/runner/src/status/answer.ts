import { createHash, timingSafeEqual } from 'node:crypto';
import { toWireBuild } from '@sortie/contract/builds';
import { toWireRepo } from '@sortie/contract/repos';
import { toWireStage } from '@sortie/contract/stages';
import type { History, StageRecord } from './history.ts';
import { formatMetrics, type MetricsInput } from './metrics.ts';
import { logsPage, stagePage, stagesPage } from './pages.ts';

/** Who may look at the pages; without a password there are none. */
export interface PageLogin {
  readonly username: string;
  readonly password: string;
  readonly realm: string;
}

export interface StatusDeps {
  readonly name: string;
  readonly history: History;
  readonly login: PageLogin;
  readonly metrics: () => Omit<MetricsInput, 'history'>;
  /** The last lines of the log of the process, each with its newline. */
  readonly logLines: () => readonly string[];
}

export interface StatusRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly authorization: string;
  readonly accept: string;
}

export interface StatusAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a runner answers on its own port (runner-protocol.md 2.8). */
export function answerStatus(deps: StatusDeps, request: StatusRequest): StatusAnswer {
  // Not as a URL: what is sent here may be none.
  const [pathname = '', query = ''] = request.url.split('?', 2);
  if (pathname === '/healthz') return { status: 200, headers: {}, body: '' };
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return text(405, 'Only GET and HEAD are known here.\n');
  if (pathname === '/metrics') return metrics(deps);
  const isPage = pathname === '/' || pathname === '/view' || pathname === '/logs';
  if (!isPage || deps.login.password === '') return text(404, 'There is nothing at this path.\n');
  if (!isWelcome(deps.login, request.authorization)) return refusal(deps.login);
  if (pathname === '/logs') return html(logsPage(deps.name, deps.logLines()));
  const records = deps.history.recent();
  if (pathname === '/') {
    return request.accept === 'application/json' ? json(records) : html(stagesPage(deps.name, records));
  }
  const record = records.find(({ stage }) => String(stage.id) === new URLSearchParams(query).get('id'));
  return record === undefined
    ? text(404, 'This process knows no such pipeline.\n')
    : html(stagePage(deps.name, record));
}

function metrics(deps: StatusDeps): StatusAnswer {
  const body = formatMetrics({ history: deps.history, ...deps.metrics() });
  return { status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }, body };
}

/** In constant time: hashes have one length. */
function isWelcome({ username, password }: PageLogin, authorization: string): boolean {
  const given = /^basic +([a-z0-9+/=]+)$/i.exec(authorization)?.[1];
  if (given === undefined) return false;
  const hash = (value: string | Buffer) => createHash('sha256').update(value).digest();
  return timingSafeEqual(hash(Buffer.from(given, 'base64')), hash(`${username}:${password}`));
}

function refusal({ realm }: PageLogin): StatusAnswer {
  const challenge = `Basic realm="${realm.replaceAll(/[^ -~]|["\\]/g, '')}", charset="UTF-8"`;
  const answer = text(401, 'Sign in with DRONE_UI_USERNAME and DRONE_UI_PASSWORD of this runner.\n');
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': challenge } };
}

const SAFE = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
};

function html(body: string): StatusAnswer {
  return { status: 200, headers: { ...SAFE, 'content-type': 'text/html; charset=utf-8' }, body };
}

function text(status: number, body: string): StatusAnswer {
  return { status, headers: { ...SAFE, 'content-type': 'text/plain; charset=utf-8' }, body };
}

/** The members of official runners. */
function json(records: readonly StageRecord[]): StatusAnswer {
  const body = records.map(({ stage, steps, build, repo, createdMs, updatedMs }) => ({
    stage: toWireStage({ ...stage, steps }),
    build: toWireBuild(build, []),
    repo: toWireRepo(repo),
    created: Math.floor(createdMs / 1000),
    updated: Math.floor(updatedMs / 1000),
  }));
  const headers = { ...SAFE, 'content-type': 'application/json; charset=utf-8' };
  return { status: 200, headers, body: `${JSON.stringify(body)}\n` };
}
