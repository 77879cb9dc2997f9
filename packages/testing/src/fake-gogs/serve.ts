import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { answerAccounts, type FakeDeps } from './account-routes.ts';
import { empty, type FakeAnswer, type FakeCall, page, signInRequired, unknownRoute } from './answer.ts';
import { advertisement, movePullRefs } from './git.ts';
import { byGitCredentials, byPassword, byToken } from './identify.ts';
import type { ReceivePack } from './receive-pack.ts';
import { answerRepos } from './repo-routes.ts';
import { type FakeRepo, type FakeUser, findRepo, modeOf } from './state.ts';
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
  { uploadPack, receivePack }: { readonly uploadPack: UploadPack; readonly receivePack: () => ReceivePack },
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
      const { repo, by, what, type } = answer;
      const work =
        what === 'fetch'
          ? uploadPack.answer(repo, deps().state.objects, body, isCompressed)
          : what === 'refs'
            ? receivePack().advertise(repo)
            : receivePack().take(repo, by, body, isCompressed);
      work.then(
        (pack) => send(response, { status: 200, headers: { 'content-type': type }, body: pack }, method),
        (cause: Error) => send(response, { status: 500, body: cause.message }, method),
      );
    });
  });
}

/** A fetch or a push, which the `git` program answers. */
type ByGit = { readonly repo: FakeRepo; readonly type: string } & (
  | { readonly what: 'fetch'; readonly by: FakeUser | undefined }
  | { readonly what: 'refs' | 'push'; readonly by: FakeUser }
);

const PACK_TYPE = 'application/x-git-upload-pack-result';

/** Undefined leaves the caller waiting. */
function answerTo(
  deps: FakeDeps,
  method: string,
  url: string,
  authorization: string,
  body: Buffer,
): FakeAnswer | ByGit | undefined {
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

/** Smart HTTP: 401 without credentials, 403 without rights, 404 for what does not exist. */
function answerGit(deps: FakeDeps, call: FakeCall): FakeAnswer | ByGit {
  const { state } = deps;
  const [owner = '', name = '', info, refs] = call.segments;
  const isRefs = info === 'info' && refs === 'refs' && call.query.get('service') === 'git-upload-pack';
  const repo = findRepo(state, `${owner}/${name.replace(/\.git$/, '')}`);
  const isPush = info === 'git-receive-pack' && call.method === 'POST';
  if (isPush || call.query.get('service') === 'git-receive-pack') return answerPush(deps, call, repo);
  const isFetch = info === 'git-upload-pack' && refs === undefined && call.method === 'POST';
  if ((!isRefs && !isFetch) || repo === undefined) return empty(404);
  const user = byGitCredentials(state, call) ?? byPassword(state, call);
  if (modeOf(repo, user, true) === undefined)
    return user === undefined
      ? { status: 401, headers: { 'www-authenticate': 'Basic realm="."' } }
      : {
          status: 403,
          headers: { 'content-type': 'text/plain; charset=utf-8' },
          body: 'User permission denied\n',
        };
  if (isFetch) return { repo, by: user, what: 'fetch', type: PACK_TYPE };
  movePullRefs(repo);
  const type = 'application/x-git-upload-pack-advertisement';
  return { status: 200, headers: { 'content-type': type }, body: advertisement(repo) };
}

/** Pushing asks for credentials on public repositories too; the password counts as well as a token. */
function answerPush({ state }: FakeDeps, call: FakeCall, repo: FakeRepo | undefined): FakeAnswer | ByGit {
  const user = byGitCredentials(state, call) ?? byPassword(state, call);
  if (user === undefined) return { status: 401, headers: { 'www-authenticate': 'Basic realm="."' } };
  const mode = repo && modeOf(repo, user, true);
  if (repo === undefined || mode === undefined) return empty(404);
  if (mode === 'read') return empty(403);
  const what = call.segments[2] === 'info' ? 'refs' : 'push';
  const kind = what === 'refs' ? 'advertisement' : 'result';
  return { repo, by: user, what, type: `application/x-git-receive-pack-${kind}` };
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
