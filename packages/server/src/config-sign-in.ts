import { parseBootstrapAccount } from './auth/bootstrap.ts';
import { isLoopback, type OidcSettings } from './auth/oidc.ts';
import type { SettingsValues } from './config-table.ts';
import { ValueProblem } from './config-values.ts';
import type { AdmissionRules } from './services/admission.ts';

/** Who may sign in, and where beside the Git services. */
export interface SignInConfig extends AdmissionRules {
  /** Login of `DRONE_USER_CREATE`, which the first sign-in of that login takes over; empty = none. */
  readonly createdLogin: string;
  /** The identity provider; absent when none is set. */
  readonly oidc?: OidcSettings & { readonly title: string };
}

/** Throws `ValueProblem` for half a configuration, and `config-value` for a login of `DRONE_USER_CREATE` that is none. */
export function signInConfig(values: SettingsValues): SignInConfig {
  const oidc = oidcConfig(values);
  const created = parseBootstrapAccount(values.DRONE_USER_CREATE);
  return {
    allowedNames: values.DRONE_USER_FILTER.map((name) => name.trim().toLowerCase()).filter(Boolean),
    isClosed: values.DRONE_REGISTRATION_CLOSED,
    minAgeSeconds: Math.ceil(values.DRONE_MIN_AGE / 1000),
    createdLogin: created === undefined || created.isMachine ? '' : created.login,
    ...(oidc === undefined ? {} : { oidc }),
  };
}

function oidcConfig(values: SettingsValues): SignInConfig['oidc'] {
  const issuer = values.SORTIE_OIDC_ISSUER;
  if (issuer === '') return undefined;
  const clientId = values.SORTIE_OIDC_CLIENT_ID;
  if (clientId === '') {
    throw new ValueProblem(
      'is needed for the identity provider',
      'Set it to the client id that the provider shows for this server.',
      'SORTIE_OIDC_CLIENT_ID',
    );
  }
  return {
    issuer: issuerAddress(issuer),
    clientId,
    clientSecret: values.SORTIE_OIDC_CLIENT_SECRET,
    scope: withOpenId(values.SORTIE_OIDC_SCOPE),
    title: values.SORTIE_OIDC_TITLE || 'Single sign-on',
    loginClaim: values.SORTIE_OIDC_LOGIN_CLAIM || 'preferred_username',
    groupsClaim: values.SORTIE_OIDC_GROUPS_CLAIM || 'groups',
    allowedGroups: values.SORTIE_OIDC_ALLOWED_GROUPS,
  };
}

/** As the provider writes it: a slash at the end counts. Plain HTTP is for this machine only, since tokens travel on it. */
function issuerAddress(text: string): string {
  const url = URL.parse(text);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url));
  if (url !== null && isSafe && url.search === '' && url.hash === '' && url.username === '') return text;
  throw new ValueProblem(
    'is not the https address of an identity provider',
    'Write the issuer as its discovery document names it, for example https://id.example.com/realms/team.',
    'SORTIE_OIDC_ISSUER',
  );
}

function withOpenId(text: string): string {
  const scopes = text.split(/[\s,]+/).filter(Boolean);
  return [...new Set(['openid', ...scopes])].join(' ');
}
