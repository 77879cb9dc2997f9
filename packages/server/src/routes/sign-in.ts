import { beginSignIn, listSignInWays, showSignIn, signIn } from '@sortie/contract/sign-in';
import { toWireUser } from '@sortie/contract/users';
import type { ErrorCode } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuseForeign } from '../auth/cross-site.ts';
import { reportError } from '../errors.ts';
import type { GitServices } from '../services/git-service.ts';
import type { Pages } from '../static.ts';
import { browserRequest } from './admit-request.ts';
import type { Background } from './background.ts';
import { type Mount, type MountDeps, notFound } from './mount.ts';
import { describeRefusal } from './rate-limit.ts';
import type { BrowserCall, Entered, SignInDesk } from './sign-in-desk.ts';
import { type BrowserSessionDeps, beginBrowserSession } from './sign-in-session.ts';

export interface SignInRouteDeps extends Omit<MountDeps, 'server'>, BrowserSessionDeps {
  readonly auth: MountDeps['auth'];
  readonly server: MountDeps['server'] & BrowserSessionDeps['server'];
  readonly desk: SignInDesk;
  readonly pages: Pages;
  /** Whether people who have no account get one. */
  readonly isOpen: boolean;
  readonly sync: SignInSync;
  readonly services: GitServices | undefined;
}

/** What goes on after somebody has signed in. */
export interface SignInSync {
  readonly background: Background;
  /** True for connections whose repositories are copies. */
  readonly isService: (connectionId: number) => boolean;
  /** See `RepoSync`. */
  readonly start: (user: User) => Promise<{ readonly done: Promise<void> }>;
}

/** Signing in with Git services and the identity provider (api-v1.md 3.20, scm.md 2.1 and 5.1). */
export function mountSignInRoutes(mount: Mount, deps: SignInRouteDeps): void {
  const { desk } = deps;
  const { pathPrefix } = deps.server;

  mount(listSignInWays, () => describeWays(deps));

  mount(
    showSignIn,
    async (call) => {
      const { query, request, reply } = call;
      if (request.method === 'HEAD' || !isCallback(query)) return deps.pages.sendPage(reply);
      if (query.error !== undefined) return toErrorPage(deps, reply, codeOfProvider(query.error));
      return redirecting(deps, call, async () => arriveAt(deps, call, await desk.receive(call)));
    },
    { alsoMethods: ['HEAD'] },
  );

  mount(beginSignIn, async (call) => {
    const { params, query } = call;
    return redirecting(deps, call, async () => {
      const way = desk.ways.find(({ connection }) => connection.name === params.name);
      if (way === undefined) throw notFound('way to sign in');
      if (way.kind === 'form') return `${pathPrefix}/login`;
      const isLink = query.link === 'true';
      // A link on another site must not begin to add accounts.
      if (isLink) requireOwnPage(deps, call.request);
      return desk.send(call, { way, path: '/login', next: query.next, isLink });
    });
  });

  mount(signIn, async (call) => {
    if (!wantsJson(call.request)) return redirecting(deps, call, () => enterByForm(deps, call));
    try {
      const { user, isNew, next } = await enter(deps, call);
      return { user: toWireUser(user), next: `${pathPrefix}${next}`, is_new: isNew };
    } catch (error) {
      throw describeRefusal(error, call.reply);
    }
  });
}

function describeWays({ desk, isOpen, server: { pathPrefix } }: SignInRouteDeps) {
  const ways = desk.ways.map(({ connection: { name }, title, kind }) => ({
    ...{ name, title, kind },
    accepts_token: kind === 'form',
    url: kind === 'form' ? `${pathPrefix}/login` : `${pathPrefix}/login/to/${encodeURIComponent(name)}`,
  }));
  return { ways, registration_open: isOpen && ways.length > 0 };
}

type FormCall = BrowserCall & {
  readonly body: {
    readonly username?: string;
    readonly password?: string;
    readonly token?: string;
    readonly service?: string;
    readonly next?: string;
    readonly link?: boolean | string;
  };
};

async function enterByForm(deps: SignInRouteDeps, call: FormCall): Promise<string> {
  const { next } = await enter(deps, call);
  return `${deps.server.pathPrefix}${next}`;
}

async function enter(deps: SignInRouteDeps, call: FormCall): Promise<Entered> {
  requireOwnSite(deps, call.request);
  const { service, link, ...form } = call.body;
  const forms = deps.desk.ways.filter((way) => way.kind === 'form');
  const way = forms.find(({ connection }) => service === undefined || connection.name === service);
  if (way === undefined) throw notFound('form to sign in with');
  const isLink = link === true || link === 'true';
  const entered = await deps.desk.enter(call, way, { ...form, isLink });
  await welcome(deps, call, entered);
  return entered;
}

async function arriveAt(deps: SignInRouteDeps, call: BrowserCall, entered: Entered): Promise<string> {
  await welcome(deps, call, entered);
  return `${deps.server.pathPrefix}${entered.next}`;
}

/** A session for whoever has signed in, and their repositories. */
export async function welcome(
  deps: BrowserSessionDeps & Pick<SignInRouteDeps, 'sync' | 'auth'>,
  call: BrowserCall,
  { user, isLink }: Pick<Entered, 'user' | 'isLink'>,
  options: { readonly withLegacy?: boolean } = {},
): Promise<void> {
  if (isLink) call.request.caller = { via: 'session', user };
  else await beginBrowserSession(deps, call, user, options);
  const isDue = isLink || user.synced < deps.auth.now() - SYNC_AGE_SECONDS;
  if (isDue) await syncBehind(deps.sync, user);
}

/** Synchronises the repositories of an account that has a Git service; resolves when it has begun. */
export async function syncBehind(sync: SignInSync, user: User): Promise<void> {
  if (!sync.isService(user.connectionId)) return;
  const { done } = await sync.start(user);
  sync.background.run(`the synchronisation of ${user.login}`, () => done);
}

/** As Drone: repositories are looked for again after a week. */
const SYNC_AGE_SECONDS = 7 * 86_400;

/** Sends the browser on, or to the page that explains the error: its code alone, since texts may be anybody's (X15). */
async function redirecting(
  deps: Pick<SignInRouteDeps, 'log'> & { readonly server: { readonly pathPrefix: string } },
  { request, reply }: BrowserCall,
  work: () => Promise<string>,
): Promise<FastifyReply> {
  try {
    return reply.redirect(await work(), 303);
  } catch (error) {
    describeRefusal(error, reply);
    return toErrorPage(deps, reply, reportError(deps.log, error, request).code);
  }
}

function toErrorPage(
  { server }: { readonly server: { readonly pathPrefix: string } },
  reply: FastifyReply,
  code: ErrorCode,
): FastifyReply {
  return reply.redirect(`${server.pathPrefix}/login/error?code=${code}`, 303);
}

/** What services and the 0.5 API say in `error`; everything else is a refusal. */
function codeOfProvider(error: string): ErrorCode {
  if (error === 'internal_error') return 'internal';
  const isOutage = ['oauth_error', 'server_error', 'temporarily_unavailable'].includes(error);
  if (isOutage) return 'service-unavailable';
  const isSetup = ['redirect_uri_mismatch', 'unauthorized_client', 'invalid_scope', 'invalid_request'];
  return isSetup.includes(error) ? 'service-setup' : 'sign-in-refused';
}

function isCallback(query: {
  readonly code?: string;
  readonly error?: string;
  readonly oauth_token?: string;
  readonly oauth_verifier?: string;
}): boolean {
  return [query.code, query.error, query.oauth_token, query.oauth_verifier].some(
    (part) => part !== undefined,
  );
}

/** Another site must not sign a person in, as somebody else. */
export function requireOwnSite(
  deps: Pick<MountDeps, 'http'> & { readonly server: Pick<MountDeps['server'], 'publicUrl'> },
  request: FastifyRequest,
): void {
  refuseForeign({ publicUrl: deps.server.publicUrl, corsOrigins: [] }, browserRequest(deps, request));
}

/** The same for a link. Of those, browsers say over plain HTTP only which page it was on. */
function requireOwnPage(deps: SignInRouteDeps, request: FastifyRequest): void {
  const browser = browserRequest(deps, request);
  const isTold = browser.site !== undefined || browser.origin !== undefined;
  const origin = isTold ? browser.origin : (URL.parse(request.headers.referer ?? '')?.origin ?? 'null');
  refuseForeign({ publicUrl: deps.server.publicUrl, corsOrigins: [] }, { ...browser, origin });
}

/** Forms of pages without scripts are answered with redirects. */
function wantsJson({ headers }: FastifyRequest): boolean {
  const isForm = /^\s*(application\/x-www-form-urlencoded|multipart\/form-data)\b/i;
  return /application\/json/.test(headers.accept ?? '') || !isForm.test(headers['content-type'] ?? '');
}
