import type { Delivery, Identity, RepoHealth, SignInWay } from '../lib/git-service-calls.ts';

/** What a server with connected Git services shows. */
export interface ServicesScene {
  readonly ways: readonly SignInWay[];
  readonly identities: readonly Identity[];
  /** By slug; repositories without one are healthy. */
  readonly health: ReadonlyMap<string, RepoHealth>;
  readonly deliveries: readonly Delivery[];
  /** Why a synchronisation fails; empty when it does not. */
  readonly syncError: string;
}

export const NO_SERVICES: ServicesScene = {
  ways: [],
  identities: [],
  health: new Map(),
  deliveries: [],
  syncError: '',
};

/** What the driver of Gogs says while no webhook has come. */
const ALLOW_LIST =
  'Push something. If nothing arrives, set LOCAL_NETWORK_ALLOWLIST in [security] of app.ini of Gogs to the host of this server.';

/** A repository of Gogs right after its activation. */
export const unprovenHealth: RepoHealth = {
  state: 'unproven',
  checks: [
    { name: 'service', state: 'ok', message: 'Gogs is connected.' },
    { name: 'owner', state: 'ok', message: 'The repository belongs to mona.' },
    { name: 'token', state: 'ok', message: 'The token of mona is accepted.' },
    { name: 'hook', state: 'ok', message: 'Gogs has the webhook to http://ci.example.com/hook.' },
    {
      name: 'delivery',
      state: 'warn',
      message: 'No webhook has arrived yet, so nothing proves that they can.',
      hint: ALLOW_LIST,
    },
    {
      name: 'refs',
      state: 'warn',
      message: 'refs/heads/main moved at Gogs without a delivery.',
      hint: 'POST /api/repos/octo/hello/reconcile builds what was missed.',
    },
    {
      name: 'statuses',
      state: 'info',
      message: 'Gogs has no commit statuses: results are shown here only.',
    },
  ],
  hook_installed: 1_700_000_000,
  hook_checked: 1_700_000_000,
  last_delivery: 0,
  reconciled: 1_700_000_000,
  missed: [{ ref: 'refs/heads/main', since: 1_700_000_000 }],
};

export function aDelivery(fields: Partial<Delivery> = {}): Delivery {
  return {
    id: 1,
    delivery_id: '2c5b1ff4-a1b2-4c0c-9a52-8d2b2f1f2a6e',
    event: 'push',
    ref: 'refs/heads/main',
    before: '0000000000000000000000000000000000000000',
    after: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
    sender: 'mona',
    headers: { 'content-type': 'application/json', 'x-gogs-event': 'push' },
    verdict: 'built',
    created: 1_700_000_000,
    finished: 1_700_000_001,
    ...fields,
  };
}

/** Gogs and a single sign-on; `octo/hello` has just been activated. */
export function gogsDay(now: number): ServicesScene {
  const older = Array.from({ length: 30 }, (_, at) =>
    aDelivery({ id: 30 - at, build_number: 40 - at, created: now - 600 * (at + 3) }),
  );
  return {
    ways: [
      { name: 'gogs', title: 'Gogs', kind: 'form', accepts_token: true, url: '/login' },
      { name: 'oidc', title: 'Example SSO', kind: 'redirect', accepts_token: false, url: '/login/to/oidc' },
    ],
    identities: [
      {
        id: 7,
        service: 'gogs',
        title: 'Gogs',
        kind: 'gogs',
        login: 'mona',
        connected: true,
        primary: true,
        has_token: true,
        token_valid: true,
        note: 'This account administers Gogs: its token may do everything there. Let another account own repositories.',
        created: now - 9_000,
        updated: now - 9_000,
      },
      {
        id: 8,
        service: 'forge',
        title: 'Old forge',
        kind: 'gitea',
        login: 'mona-l',
        connected: true,
        primary: false,
        has_token: true,
        token_valid: false,
        note: '',
        created: now - 9_000,
        updated: now - 9_000,
      },
    ],
    health: new Map([['octo/hello', unprovenHealth]]),
    deliveries: [
      aDelivery({ id: 32, verdict: 'built', build_number: 42, created: now - 60 }),
      aDelivery({
        id: 31,
        verdict: 'skipped',
        event: 'create',
        ref: 'refs/tags/v1.0.0-a-tag-with-a-name-that-is-longer-than-any-phone-is-wide',
        reason: 'event-ignored',
        message: 'No pipeline wants the event tag.',
        created: now - 120,
      }),
      ...older,
    ],
    syncError: '',
  };
}
