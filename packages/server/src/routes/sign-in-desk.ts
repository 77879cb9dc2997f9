import { AppError } from '@sortie/core/errors';
import type { User } from '@sortie/core/user';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createAttempts } from '../auth/attempts.ts';
import { clearCookie, readCookie, writeCookie } from '../auth/cookies.ts';
import { identify } from '../auth/identify.ts';
import { hostNetwork } from '../auth/networks.ts';
import { safeNext } from '../auth/next-path.ts';
import type { ServerConfig, SessionConfig } from '../config-build.ts';
import { linkIdentity } from '../services/link-identity.ts';
import { type SignInDeps, signInPerson } from '../services/sign-in.ts';
import { AWAY_SECONDS, comeBack, leave } from '../services/sign-in-away.ts';
import { enterForm, type FormEntry } from '../services/sign-in-form.ts';
import type { Arrival, FormWay, RedirectWay, SignInWay } from '../services/sign-in-ways.ts';
import { clientAddress } from './client-address.ts';
import type { MountDeps } from './mount.ts';

export interface SignInDeskDeps extends Pick<MountDeps, 'auth'> {
  readonly ways: readonly SignInWay[];
  readonly rules: SignInDeps['rules'];
  readonly server: Pick<ServerConfig, 'publicUrl' | 'pathPrefix'>;
  readonly session: SessionConfig;
}

/** Somebody who is in, or whose account has got a further one. */
export interface Entered {
  readonly user: User;
  readonly isNew: boolean;
  /** A session of this person exists already, and only an account was added to it. */
  readonly isLink: boolean;
  readonly arrival: Arrival;
  /** Path on this server, without the path of the server. */
  readonly next: string;
}

/** What the pages of both APIs do to let somebody in. */
export interface SignInDesk {
  readonly ways: readonly SignInWay[];
  /** The address of the service; sets the cookie that ties the browser to it. Throws what the service throws. */
  send(
    call: BrowserCall,
    wish: {
      readonly way: RedirectWay;
      readonly path: string;
      readonly next?: string;
      readonly isLink: boolean;
    },
  ): Promise<string>;
  /** Ends what `send` has begun. Throws `sign-in-state` and what admission and the service throw. */
  receive(call: BrowserCall): Promise<Entered>;
  /** Takes a form. Throws `sign-in-refused`, `rate-limited`, and what admission and the service throw. */
  enter(
    call: BrowserCall,
    way: FormWay,
    form: FormEntry & { readonly next?: string; readonly isLink: boolean },
  ): Promise<Entered>;
  /** Counts a try that has no name. Throws `rate-limited`. */
  count(request: FastifyRequest): void;
}

export interface BrowserCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Drone's name for it. */
const BROWSER_COOKIE = '_oauth_state_';
/** Tries with one name from one address in a minute (scm.md 2.1). */
const TRIES = 5;
/** With whatever names; many people may share an address. */
const TRIES_OF_ADDRESS = 60;

export function createSignInDesk(deps: SignInDeskDeps): SignInDesk {
  const { auth, ways } = deps;
  const limits = {
    byName: createAttempts({ now: auth.now, limit: TRIES }),
    byAddress: createAttempts({ now: auth.now, limit: TRIES_OF_ADDRESS }),
  };
  const away = { ...auth, ways };
  const arrive: Arrive = async (arrival, userId, next) => {
    const inside = { ...auth, rules: deps.rules };
    if (userId === 0) return { ...(await signInPerson(inside, arrival)), isLink: false, arrival, next };
    const user = await linkIdentity(inside, arrival, userId);
    return { user, isNew: false, isLink: true, arrival, next };
  };
  const receive = createReceive(deps, arrive);
  return {
    ways,
    async send({ request, reply }, { way, path, next, isLink }) {
      limits.byAddress.take(addressOf(request));
      const userId = isLink ? await signedInId(deps, request) : 0;
      const redirectUri = way.redirectUrl ?? `${deps.server.publicUrl}${path}`;
      const { url, browser } = await leave(away, { way, redirectUri, next: safeNext(next), userId });
      const isSecure = deps.session.isSecure || deps.server.publicUrl.startsWith('https:');
      const { pathPrefix } = deps.server;
      const options = { maxAgeSeconds: AWAY_SECONDS, isSecure, pathPrefix };
      reply.header('set-cookie', writeCookie(BROWSER_COOKIE, browser, options));
      return url;
    },
    receive,
    async enter({ request }, way, form) {
      const userId = form.isLink ? await signedInId(deps, request) : 0;
      const address = addressOf(request);
      limits.byAddress.take(address);
      // A token goes without a name: the one beside it must not get its tries back when the token is good.
      const name = form.token ? '' : (form.username ?? '').trim().toLowerCase();
      const key = `${way.connection.id}\n${name}\n${address}`;
      limits.byName.take(key);
      const arrival = await enterForm(auth, way, form);
      limits.byName.clear(key);
      return arrive(arrival, userId, safeNext(form.next));
    },
    count: (request) => limits.byAddress.take(addressOf(request)),
  };
}

/** Whom tries are counted for. */
function addressOf(request: FastifyRequest): string {
  return hostNetwork(clientAddress(request));
}

type Arrive = (arrival: Arrival, userId: number, next: string) => Promise<Entered>;

function createReceive(deps: SignInDeskDeps, arrive: Arrive): SignInDesk['receive'] {
  const away = { ...deps.auth, ways: deps.ways };
  return async ({ request, reply }) => {
    const query = new URLSearchParams(request.url.split('?').slice(1).join('?'));
    const browser = readCookie(request.headers.cookie, BROWSER_COOKIE) ?? '';
    const key = query.get('state') || query.get('oauth_token') || '';
    reply.header('set-cookie', clearCookie(BROWSER_COOKIE, deps.server.pathPrefix));
    const { next, userId, arrive: ask } = await comeBack(away, { query, key, browser });
    // Whoever began the linking must be the one who ends it.
    if (userId !== 0 && (await signedInId(deps, request)) !== userId) throw otherPerson();
    return arrive(await ask(), userId, next);
  };
}

/** Only sessions count: a page of another site must not come with a token, and a program has nothing to link. */
async function signedInId({ auth }: SignInDeskDeps, request: FastifyRequest): Promise<number> {
  const { cookie } = request.headers;
  const caller = await identify(auth, { authorization: undefined, cookie, queryToken: undefined });
  if (caller.via === 'session' && caller.user.isActive) return caller.user.id;
  throw new AppError('unauthorized', 'Unauthorized', {
    hint: 'Sign in first; then link the other account from the account page.',
  });
}

function otherPerson(): AppError {
  return new AppError('sign-in-state', 'Somebody else has signed in since the linking was begun.', {
    hint: 'Begin again from the account page.',
  });
}
