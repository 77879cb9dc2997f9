/** Somebody as an identity provider describes them. */
export interface OidcPerson {
  /** Issuer and subject: a subject alone means nothing at another provider. */
  readonly uid: string;
  /** As the provider calls them; may be an e-mail address. */
  readonly login: string;
  readonly name: string;
  /** Empty when there is none, or the provider says that it is not verified. */
  readonly email: string;
  /** Empty unless it is on the host of the provider. */
  readonly avatar: string;
  readonly groups: readonly string[];
}

export type OidcClaims = Readonly<Record<string, unknown>>;

/** Maps the claims of ID token and user info; `iss` and `sub` have been checked. Anything else may be missing or odd. */
export function toPerson(
  claims: OidcClaims & { readonly iss: string; readonly sub: string },
  settings: { readonly loginClaim: string; readonly groupsClaim: string },
): OidcPerson {
  const isVerified = String(claims.email_verified ?? '');
  const email = isVerified === 'false' ? '' : text(claims.email);
  // Whole, with the host of an e-mail address: another one's `ada` is not ours.
  const login = text(claims[settings.loginClaim]) || (isVerified === 'true' && email) || claims.sub;
  return {
    uid: `${claims.iss}#${claims.sub}`,
    login,
    name: text(claims.name),
    email,
    avatar: pictureOf(text(claims.picture), claims.iss),
    groups: listOf(claims[settings.groupsClaim]),
  };
}

function pictureOf(picture: string, issuer: string): string {
  const url = URL.parse(picture);
  const isOwn = url !== null && url.origin === URL.parse(issuer)?.origin && url.username === '';
  return isOwn ? url.href : '';
}

function listOf(value: unknown): readonly string[] {
  const items = Array.isArray(value) ? value : [value];
  return items.filter((item) => typeof item === 'string' && item !== '');
}

/** On one line and of a length that can be shown. */
function text(value: unknown): string {
  return typeof value === 'string' && value.length <= 250 && !/\p{Cc}/u.test(value) ? value.trim() : '';
}
