import type { ConvertRules } from '@sortie/pipeline/convert/conversion';
import { type DatabaseConfig, toDatabaseConfig } from './config-database.ts';
import type { FoundSetting, ListenAddress } from './config-setting.ts';
import type { SettingsValues } from './config-table.ts';

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
  readonly git: { readonly quotaBytes: number };
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
  /** Public address without a trailing slash. */
  readonly publicUrl: string;
  readonly listen: ListenAddress;
  readonly isPrivate: boolean;
  readonly stopGraceMs: number;
}

export interface HttpConfig {
  readonly indentsJson: boolean;
  readonly allowedHosts: readonly string[];
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
}

export interface SessionConfig {
  /** Empty when none is set. */
  readonly secret: string;
  readonly timeoutMs: number;
  readonly isSecure: boolean;
  readonly linkTimeoutMs: number;
}

export interface RunnerConfig {
  readonly isEnabled: boolean;
  readonly engines: readonly string[];
  /** Empty means the host name. */
  readonly name: string;
  readonly capacity: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly environ: Readonly<Record<string, string>>;
  /** Empty means that the runner clones by itself. */
  readonly cloneImage: string;
  readonly docker: { readonly host: string; readonly certPath: string; readonly verifiesTls: boolean };
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
    git: { quotaBytes: values.SORTIE_GIT_QUOTA },
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
    runner: {
      isEnabled: values.SORTIE_RUNNER,
      engines: values.SORTIE_RUNNER_ENGINES,
      name: values.DRONE_RUNNER_NAME,
      capacity: values.DRONE_RUNNER_CAPACITY,
      labels: values.DRONE_RUNNER_LABELS,
      environ: values.DRONE_RUNNER_ENVIRON,
      cloneImage: values.DRONE_RUNNER_CLONE_IMAGE,
      docker: {
        host: values.DOCKER_HOST,
        certPath: values.DOCKER_CERT_PATH,
        verifiesTls: values.DOCKER_TLS_VERIFY !== '',
      },
    },
    logging: { level: logLevel(values) },
    userCreate: values.DRONE_USER_CREATE,
    ...notes,
  };
}

function serverConfig(values: SettingsValues): ServerConfig {
  const proto = values.DRONE_SERVER_PROTO || 'http';
  const listen = values.DRONE_SERVER_PORT;
  const given = values.DRONE_SERVER_HOST.toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/+$/, '');
  const isUsual = listen.port === (proto === 'https' ? 443 : 80);
  const host = given || (isUsual ? 'localhost' : `localhost:${listen.port}`);
  return {
    host,
    proto,
    publicUrl: `${proto}://${host}`,
    listen,
    isPrivate: values.DRONE_SERVER_PRIVATE_MODE,
    stopGraceMs: values.SORTIE_STOP_GRACE,
  };
}

function httpConfig(values: SettingsValues): HttpConfig {
  const redirect = values.DRONE_HTTP_SSL_TEMPORARY_REDIRECT ? 'temporary' : 'permanent';
  return {
    indentsJson: values.HTTP_JSON_INDENT,
    allowedHosts: values.DRONE_HTTP_ALLOWED_HOSTS.map((host) => host.toLowerCase()),
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
  };
}

function logLevel(values: SettingsValues): 'info' | 'debug' | 'trace' {
  if (values.DRONE_LOGS_TRACE) return 'trace';
  return values.DRONE_LOGS_DEBUG ? 'debug' : 'info';
}
