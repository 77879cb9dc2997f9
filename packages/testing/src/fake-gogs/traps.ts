/** What the fake does wrong on purpose. Tests change them while it runs. */
export interface FakeGogsTraps {
  /** `REQUIRE_SIGNIN_VIEW`: anonymous calls and dead tokens get 403 with JSON. */
  requiresSignIn: boolean;
  /** No contents API, as old versions: its route is an HTML 404. */
  hasNoContents: boolean;
  /** Every API answer is a page with this status. */
  htmlStatus: number | undefined;
  /** The next answers of the API, before the real ones. */
  readonly answers: { readonly status: number; readonly headers?: Record<string, string> }[];
  /** Every API answer is a redirect to this address. */
  redirectTo: string | undefined;
  /** API calls are never answered. */
  isSilent: boolean;
  /** Milliseconds before every answer of the API. */
  delay: number;
  /** Token names are always taken. */
  refusesTokenNames: boolean;
  /** Reads of the advertisement until the ref of a new or changed pull request is right. */
  pullRefReads: number;
  /** While it is late, the ref of a changed pull request still says the old tip; else it is missing. */
  isPullRefStale: boolean;
  /** No webhook reaches loopback, private and unresolvable hosts that are not listed here. */
  blocksLocalNetwork: boolean;
  readonly localAllowlist: string[];
}

export function createTraps(given: Partial<FakeGogsTraps> = {}): FakeGogsTraps {
  return {
    requiresSignIn: false,
    hasNoContents: false,
    htmlStatus: undefined,
    answers: [],
    redirectTo: undefined,
    isSilent: false,
    delay: 0,
    refusesTokenNames: false,
    pullRefReads: 1,
    isPullRefStale: false,
    blocksLocalNetwork: false,
    localAllowlist: [],
    ...given,
  };
}
