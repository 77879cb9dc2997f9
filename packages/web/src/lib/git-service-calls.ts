import type { ForkApproval, ForkConfig } from '@sortie/core/approval';
import type { Verdict } from '@sortie/core/delivery';
import type { Client } from '@sortie/sdk/client';
import type { Repo, User } from '@sortie/sdk/types';
import { repoHref } from './route.ts';

/** One way in: a form for names and passwords, or a redirect to the service. */
export interface SignInWay {
  readonly name: string;
  /** As people call the service. */
  readonly title: string;
  readonly kind: 'form' | 'redirect';
  readonly accepts_token: boolean;
  /** With the path of the server. */
  readonly url: string;
}

export interface SignInWays {
  readonly ways: readonly SignInWay[];
  readonly registration_open: boolean;
}

/** What the form sends: name and password, or a token. */
export interface SignInEntry {
  readonly service: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  /** Path on this server. */
  readonly next?: string;
  /** Adds the account to the one that is signed in. */
  readonly link?: boolean;
}

/** An account of a person at a Git service or identity provider. */
export interface Identity {
  readonly id: number;
  readonly service: string;
  readonly title: string;
  readonly kind: string;
  readonly login: string;
  readonly connected: boolean;
  readonly primary: boolean;
  readonly has_token: boolean;
  readonly token_valid: boolean;
  /** What the owner should know; empty mostly. */
  readonly note: string;
  readonly created: number;
  readonly updated: number;
}

export interface HealthCheck {
  readonly name: string;
  readonly state: 'ok' | 'info' | 'warn' | 'fail' | 'unknown';
  readonly message: string;
  readonly hint?: string;
}

/** The way from the Git service to this server, and back; times in unix seconds, 0 = never. */
export interface RepoHealth {
  readonly state: 'inactive' | 'ok' | 'degraded' | 'unproven' | 'broken';
  readonly checks: readonly HealthCheck[];
  readonly hook_installed: number;
  readonly hook_checked: number;
  readonly last_delivery: number;
  readonly reconciled: number;
  readonly missed: readonly { readonly ref: string; readonly since: number }[];
}

/** A push or webhook and what became of it. */
export interface Delivery {
  readonly id: number;
  readonly delivery_id: string;
  readonly event: string;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly sender: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly verdict: Verdict;
  readonly reason?: string;
  readonly message?: string;
  readonly build_number?: number;
  readonly redelivery_of?: number;
  readonly created: number;
  readonly finished: number;
}

/** What is decided about pull requests of forks. */
export interface ForkRules {
  readonly fork_approval: ForkApproval;
  readonly fork_config: ForkConfig;
}

/** A repository with what connected services add to it. */
export type ServiceRepo = Repo &
  Partial<ForkRules> & {
    readonly health?: RepoHealth;
    /** Builds of closed pull requests and deleted branches are cancelled. */
    readonly auto_cancel_closed?: boolean;
  };

/** What can be done about a check that is not well. */
export type Remedy = 'repair' | 'chown' | 'reconcile';

export const DELIVERY_PAGE = 25;

export type GitServiceCalls = ReturnType<typeof gitServiceCalls>;

/** The routes of connected Git services. Every call rejects with a `SortieError`. */
export function gitServiceCalls(client: Pick<Client, 'request'>) {
  async function json<T>(...call: Parameters<Client['request']>): Promise<T> {
    const response = await client.request(...call);
    return (await response.json()) as T;
  }
  async function done(...call: Parameters<Client['request']>): Promise<void> {
    const response = await client.request(...call);
    await response.body?.cancel();
  }
  const at = (slug: string, rest = '') => `/api/repos${repoHref(slug)}${rest}`;
  return {
    ways: (signal?: AbortSignal) => json<SignInWays>('GET', '/api/sign-in', { signal }),
    /** `next` of the answer has the path of the server. */
    signIn: (entry: SignInEntry) =>
      json<{ readonly user: User; readonly next: string }>('POST', '/login', { json: entry }),
    identities: (signal?: AbortSignal) =>
      json<readonly Identity[]>('GET', '/api/user/identities', { signal }),
    unlink: (id: number) => done('DELETE', `/api/user/identities/${id}`),
    /** Begins a synchronisation; `syncing` of the account says when it is over. */
    synchronise: () => done('POST', '/api/user/repos', { query: { async: true } }),
    health: (slug: string, { isFresh, signal }: { isFresh?: boolean; signal?: AbortSignal } = {}) =>
      json<RepoHealth>('GET', at(slug, '/health'), {
        query: { check: isFresh === true ? true : undefined },
        signal,
      }),
    activate: (slug: string) => json<ServiceRepo>('POST', at(slug)),
    remedy: (slug: string, remedy: Remedy) => done('POST', at(slug, `/${remedy}`)),
    saveClosedRule: (slug: string, isOn: boolean) =>
      json<ServiceRepo>('PATCH', at(slug), { json: { auto_cancel_closed: isOn } }),
    saveForkRules: (slug: string, rules: ForkRules) => json<ServiceRepo>('PATCH', at(slug), { json: rules }),
    deliveries: (slug: string, page: number, signal?: AbortSignal) =>
      json<readonly Delivery[]>('GET', at(slug, '/deliveries'), {
        query: { page, per_page: DELIVERY_PAGE },
        signal,
      }),
    redeliver: (slug: string, id: number) => json<Delivery>('POST', at(slug, `/deliveries/${id}/redeliver`)),
  };
}
