import { VISIBILITIES } from '@sortie/core/repo';
import type { ConvertRules } from '@sortie/pipeline/convert/conversion';
import { parseLegacyPrefix, parsePublicPlace } from './config-address.ts';
import { type DatabaseConfig, toDatabaseConfig } from './config-database.ts';
import { type HookConfig, hookConfig } from './config-hooks.ts';
import { type RunnerConfig, runnerConfig } from './config-runner.ts';
import { type ServicesConfig, servicesConfig } from './config-services.ts';
import type { FoundSetting, ListenAddress } from './config-setting.ts';
import { type SignInConfig, signInConfig } from './config-sign-in.ts';
import type { SettingsValues } from './config-table.ts';
import { ValueProblem } from './config-values.ts';
import type { RpcSettings } from './rpc/rpc-deps.ts';
import type { StatusRules } from './services/plan-statuses.ts';
import type { SyncRules } from './services/sync-rules.ts';
import { isTimeZone } from './services/time-zone.ts';

/** Everything that is in force, by subject; frozen. Durations are milliseconds, sizes bytes. */
export interface Config {
  readonly dataFolder: string;
  readonly server: ServerConfig;
  readonly http: HttpConfig;
  readonly session: SessionConfig;
  readonly database: DatabaseConfig;
  /** Keys for what the database keeps encrypted. */
  readonly seal: { readonly secret: string; readonly previous: readonly string[] };
  readonly logs: { readonly limitBytes: number };
  readonly queue: { readonly leaseMs: number; readonly sweepIntervalMs: number };
  /** How long ended builds are kept; 0 = for ever. */
  readonly retention: { readonly buildsMs: number };
  /** The protocol of official runners. */
  readonly rpc: RpcSettings;
  /** Requests and unknown tokens per minute; 0 = no limit. */
  readonly limits: { readonly requestsPerMinute: number; readonly failuresPerMinute: number };
  readonly cron: CronConfig;
  readonly git: { readonly quotaBytes: number };
  /** What is taken over from Git services. */
  readonly sync: SyncRules;
  /** Webhooks of Git services. */
  readonly hooks: HookConfig;
  /** Git services beside the built-in host. */
  readonly services: ServicesConfig;
  /** What they are told of builds. */
  readonly statuses: StatusRules;
  /** Who may sign in, and the identity provider. */
  readonly signIn: SignInConfig;
  readonly convert: ConvertRules;
  readonly runner: RunnerConfig;
  readonly logging: { readonly level: 'info' | 'debug' | 'trace' };
  /** `DRONE_USER_CREATE` as written; empty when no account is to be made. */
  readonly userCreate: string;
  /** Every setting as it was found, for `describeConfig`. */
  readonly found: readonly FoundSetting[];
  /** What is odd but no reason to stop, one sentence each. */
  readonly warnings: readonly string[];
}

export interface ServerConfig {
  /** Public host with its port, for example `ci.example.com`. */
  readonly host: string;
  readonly proto: string;
  /** Path below which the server is, for example `/ci`; empty at the root of the host. */
  readonly pathPrefix: string;
  /** Public address with the prefix, without a trailing slash. */
  readonly publicUrl: string;
  readonly listen: ListenAddress;
  readonly isPrivate: boolean;
  readonly hasPublicBadges: boolean;
  readonly hasPublicVarz: boolean;
  readonly stopGraceMs: number;
}

export interface HttpConfig {
  readonly indentsJson: boolean;
  readonly allowedHosts: readonly string[];
  /** Networks in CIDR form whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  readonly hostHeaders: readonly string[];
  readonly tlsRedirect: 'off' | 'permanent' | 'temporary';
  readonly tlsHost: string;
  readonly tlsHeaders: Readonly<Record<string, string>>;
  readonly stsSeconds: number;
  readonly stsIncludesSubdomains: boolean;
  readonly stsPreloads: boolean;
  readonly stsForced: boolean;
  readonly hasXssFilter: boolean;
  readonly deniesFrames: boolean;
  /** Empty means the policy that comes with the server. */
  readonly contentSecurityPolicy: string;
  readonly referrerPolicy: string;
  readonly corsOrigins: readonly string[];
  readonly allowsQueryTokens: boolean;
  /** Path below which the 0.5 API answers in its own shapes; empty = nowhere. */
  readonly legacyPrefix: string;
}

export interface CronConfig {
  readonly isEnabled: boolean;
  readonly intervalMs: number;
  /** A name that this system knows. */
  readonly timeZone: string;
}

export interface SessionConfig {
  /** Empty when none is set. */
  readonly secret: string;
  readonly timeoutMs: number;
  readonly isSecure: boolean;
  readonly linkTimeoutMs: number;
}

/** Arranges parsed values by subject and derives what follows from them. Throws `ValueProblem`. */
export function buildConfig(values: SettingsValues, notes: Pick<Config, 'found' | 'warnings'>): Config {
  return {
    dataFolder: values.SORTIE_DATA,
    server: serverConfig(values),
    http: httpConfig(values),
    session: {
      secret: values.DRONE_COOKIE_SECRET,
      timeoutMs: values.DRONE_COOKIE_TIMEOUT,
      isSecure: values.DRONE_COOKIE_SECURE,
      linkTimeoutMs: values.SORTIE_SIGN_IN_LINK_TIMEOUT,
    },
    database: toDatabaseConfig(values.DRONE_DATABASE_DRIVER, values.DRONE_DATABASE_DATASOURCE, {
      dataFolder: values.SORTIE_DATA,
      maxConnections: values.DRONE_DATABASE_MAX_CONNECTIONS,
    }),
    seal: {
      secret: values.DRONE_DATABASE_SECRET,
      previous: values.SORTIE_DATABASE_SECRET_PREVIOUS,
    },
    logs: { limitBytes: values.SORTIE_LOG_LIMIT },
    queue: { leaseMs: values.SORTIE_LEASE, sweepIntervalMs: values.SORTIE_SWEEP_INTERVAL },
    retention: { buildsMs: values.SORTIE_RETENTION },
    rpc: {
      secret: values.DRONE_RPC_SECRET,
      pollMs: values.SORTIE_RPC_POLL,
      emptyPollStatus: values.SORTIE_RPC_EMPTY_POLL === '204' ? 204 : 200,
      watchMs: values.SORTIE_RPC_WATCH,
      offerMs: values.SORTIE_RPC_OFFER,
      acceptLeaseMs: values.SORTIE_RPC_ACCEPT_LEASE,
      leaseMs: values.SORTIE_RPC_LEASE,
      refusalDelayMs: values.SORTIE_RPC_REFUSAL_DELAY,
    },
    limits: {
      requestsPerMinute: values.SORTIE_RATE_LIMIT,
      failuresPerMinute: values.SORTIE_RATE_LIMIT_FAILURES,
    },
    cron: {
      isEnabled: !values.DRONE_CRON_DISABLED,
      intervalMs: values.DRONE_CRON_INTERVAL,
      timeZone: timeZone(values.TZ),
    },
    git: { quotaBytes: values.SORTIE_GIT_QUOTA },
    sync: {
      namespaces: values.DRONE_REPOSITORY_FILTER,
      visibility: VISIBILITIES.find((one) => one === values.DRONE_REPOSITORY_VISIBILITY) ?? '',
      isTrusted: values.DRONE_REPOSITORY_TRUSTED,
    },
    hooks: hookConfig(values),
    services: servicesConfig(values),
    statuses: {
      isEnabled: !values.DRONE_STATUS_DISABLED,
      name: values.DRONE_STATUS_NAME,
      hasPipelines: values.SORTIE_STATUS_PIPELINES,
      commentsOnGogs: values.SORTIE_GOGS_COMMENT,
    },
    signIn: signInConfig(values),
    convert: {
      jsonnet: {
        isEnabled: values.DRONE_JSONNET_ENABLED,
        importLimit: values.DRONE_JSONNET_IMPORT_LIMIT,
      },
      starlark: {
        isEnabled: values.DRONE_STARLARK_ENABLED,
        steps: values.DRONE_STARLARK_STEP_LIMIT,
        outputBytes: values.DRONE_STARLARK_SIZE_LIMIT,
      },
    },
    runner: runnerConfig(values),
    logging: { level: logLevel(values) },
    userCreate: values.DRONE_USER_CREATE,
    ...notes,
  };
}

function serverConfig(values: SettingsValues): ServerConfig {
  const proto = values.DRONE_SERVER_PROTO || 'http';
  const listen = values.DRONE_SERVER_PORT;
  const { host: given, pathPrefix } = parsePublicPlace(values.DRONE_SERVER_HOST);
  const isUsual = listen.port === (proto === 'https' ? 443 : 80);
  const host = given || (isUsual ? 'localhost' : `localhost:${listen.port}`);
  return {
    host,
    proto,
    pathPrefix,
    publicUrl: `${proto}://${host}${pathPrefix}`,
    listen,
    isPrivate: values.DRONE_SERVER_PRIVATE_MODE,
    hasPublicBadges: values.SORTIE_PUBLIC_BADGES,
    hasPublicVarz: values.SORTIE_PUBLIC_VARZ,
    stopGraceMs: values.SORTIE_STOP_GRACE,
  };
}

function httpConfig(values: SettingsValues): HttpConfig {
  const redirect = values.DRONE_HTTP_SSL_TEMPORARY_REDIRECT ? 'temporary' : 'permanent';
  return {
    indentsJson: values.HTTP_JSON_INDENT,
    allowedHosts: values.DRONE_HTTP_ALLOWED_HOSTS.map((host) => host.toLowerCase()),
    trustedProxies: values.SORTIE_TRUSTED_PROXIES,
    hostHeaders: values.DRONE_HTTP_PROXY_HEADERS.map((name) => name.toLowerCase()),
    tlsRedirect: values.DRONE_HTTP_SSL_REDIRECT ? redirect : 'off',
    tlsHost: values.DRONE_HTTP_SSL_HOST,
    tlsHeaders: values.DRONE_HTTP_SSL_PROXY_HEADERS,
    stsSeconds: values.DRONE_HTTP_STS_SECONDS,
    stsIncludesSubdomains: values.DRONE_HTTP_STS_INCLUDE_SUBDOMAINS,
    stsPreloads: values.DRONE_HTTP_STS_PRELOAD,
    stsForced: values.DRONE_HTTP_STS_FORCE_HEADER,
    hasXssFilter: values.DRONE_HTTP_BROWSER_XSS_FILTER,
    deniesFrames: values.DRONE_HTTP_FRAME_DENY,
    contentSecurityPolicy: values.DRONE_HTTP_CONTENT_SECURITY_POLICY,
    referrerPolicy: values.DRONE_HTTP_REFERRER_POLICY,
    corsOrigins: values.SORTIE_CORS_ORIGINS,
    allowsQueryTokens: values.SORTIE_QUERY_TOKENS,
    legacyPrefix: parseLegacyPrefix(values.SORTIE_LEGACY_PREFIX),
  };
}

/** The form of the C library, with a colon in front, is fine too. */
function timeZone(text: string): string {
  const name = text.replace(/^:/, '');
  if (isTimeZone(name)) return name;
  throw new ValueProblem(
    'is not the name of a time zone that this system knows',
    'Use a name such as Europe/Berlin, or UTC.',
    'TZ',
  );
}

function logLevel(values: SettingsValues): 'info' | 'debug' | 'trace' {
  if (values.DRONE_LOGS_TRACE || values.DRONE_TRACE) return 'trace';
  return values.DRONE_LOGS_DEBUG || values.DRONE_DEBUG ? 'debug' : 'info';
}
