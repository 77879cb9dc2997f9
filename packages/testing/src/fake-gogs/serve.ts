import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerAccounts, type FakeDeps } from './account-routes.ts';
import { empty, type FakeAnswer, type FakeCall, page, signInRequired, unknownRoute } from './answer.ts';
import { advertisement, movePullRefs } from './git.ts';
import { byGitCredentials, byPassword, byToken } from './identify.ts';
import { answerRepos } from './repo-routes.ts';
import { type FakeRepo, findRepo, modeOf } from './state.ts';
import type { UploadPack } from './upload-pack.ts';

export interface FakeRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The HTTP side. Every request is kept in `requests`. */
export function createFakeServer(
  deps: () => FakeDeps,
  requests: FakeRequest[],
  uploadPack: UploadPack,
): Server {
  return createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      const body = Buffer.concat(chunks);
      const { method = 'GET', url = '/', headers } = request;
      requests.push({ method, path: url, headers, body: body.toString('utf8') });
      const answer = answerTo(deps(), method, url, headers.authorization ?? '', body);
      if (answer === undefined) return;
      if (!('repo' in answer)) {
        const { delay } = deps().traps;
        if (delay === 0) send(response, answer, method);
        else setTimeout(() => send(response, answer, method), delay).unref();
        return;
      }
      const isCompressed = headers['content-encoding'] === 'gzip';
      uploadPack.answer(answer.repo, deps().state.objects, body, isCompressed).then(
        (pack) => send(response, { status: 200, headers: { 'content-type': PACK_TYPE }, body: pack }, method),
        (cause: Error) => send(response, { status: 500, body: cause.message }, method),
      );
    });
  });
}

/** A fetch, which the `git` program answers. */
interface Fetch {
  readonly repo: FakeRepo;
}

const PACK_TYPE = 'application/x-git-upload-pack-result';

/** Undefined leaves the caller waiting. */
function answerTo(
  deps: FakeDeps,
  method: string,
  url: string,
  authorization: string,
  body: Buffer,
): FakeAnswer | Fetch | undefined {
  const { pathname, searchParams: query } = new URL(url, 'http://fake');
  if (/%(?![0-9a-fA-F]{2})/.test(pathname)) return empty(400);
  const segments = pathname.split('/').slice(1).map(decodeURIComponent);
  if (segments[0] !== 'api') return answerGit(deps, { method, segments, query, authorization, body });
  const { traps } = deps;
  const prepared = traps.answers.shift();
  if (traps.isSilent) return undefined;
  if (prepared !== undefined) return prepared;
  if (traps.redirectTo !== undefined) return { status: 302, headers: { location: traps.redirectTo } };
  if (traps.htmlStatus !== undefined) return page(traps.htmlStatus);
  const call = { method, segments: segments.slice(2), query, authorization, body };
  const isKnown = byToken(deps.state, call) ?? byPassword(deps.state, call);
  if (traps.requiresSignIn && isKnown === undefined) return signInRequired();
  const answer = call.segments[0] === 'repos' ? answerRepos(deps, call) : answerAccounts(deps, call);
  return answer ?? unknownRoute(method);
}

/** Smart HTTP for reading: 401 without credentials, 403 without rights, 404 for what does not exist. */
function answerGit({ state }: FakeDeps, call: FakeCall): FakeAnswer | Fetch {
  const [owner = '', name = '', info, refs] = call.segments;
  const isRefs = info === 'info' && refs === 'refs' && call.query.get('service') === 'git-upload-pack';
  const repo = findRepo(state, `${owner}/${name.replace(/\.git$/, '')}`);
  const isFetch = info === 'git-upload-pack' && refs === undefined && call.method === 'POST';
  if ((!isRefs && !isFetch) || repo === undefined) return empty(404);
  const user = byGitCredentials(state, call);
  if (modeOf(repo, user, true) === undefined)
    return user === undefined
      ? { status: 401, headers: { 'www-authenticate': 'Basic realm="."' } }
      : {
          status: 403,
          headers: { 'content-type': 'text/plain; charset=utf-8' },
          body: 'User permission denied\n',
        };
  if (isFetch) return { repo };
  movePullRefs(repo);
  const type = 'application/x-git-upload-pack-advertisement';
  return { status: 200, headers: { 'content-type': type }, body: advertisement(repo) };
}

function send(response: ServerResponse, { status, headers = {}, body }: FakeAnswer, method: string): void {
  // Every answer of Gogs sets a new session.
  response.setHeader('set-cookie', [
    'lang=en-US; Path=/',
    `i_like_gogs=fa4e${Date.now().toString(16)}; Path=/`,
  ]);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (body === undefined || method === 'HEAD') {
    response.end();
    return;
  }
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    response.end(body);
    return;
  }
  response.setHeader('content-type', 'application/json; charset=UTF-8');
  response.end(JSON.stringify(body));
}
