import type { SettingTable } from './config-setting.ts';

/** Address, transport, answers and pages of the server. */
export const SERVER_SETTINGS = {
  SORTIE_DATA: {
    type: 'string',
    default: './data',
    sentence: 'Folder for everything that the server keeps: database, repositories, logs.',
  },
  SORTIE_STOP_GRACE: {
    type: 'duration',
    default: '5s',
    sentence: 'How long running builds may go on after the server has been told to stop.',
  },
  DRONE_SERVER_HOST: {
    type: 'string',
    sentence:
      'Public host[:port][/path]. Unless given it is `localhost` with the port of DRONE_SERVER_PORT. With a path, everything is below it, whether a proxy passes the path on or takes it off.',
  },
  DRONE_SERVER_PROTO: {
    type: 'string',
    default: 'http',
    choices: ['http', 'https'],
    sentence: 'Public scheme.',
  },
  DRONE_SERVER_PORT: {
    type: 'address',
    default: ':8080',
    sentence: 'Address to listen on; the host may be left out.',
  },
  DRONE_SERVER_PRIVATE_MODE: {
    type: 'bool',
    sentence: 'Repositories, public ones too, are shown to signed-in people only.',
  },
  HTTP_JSON_INDENT: { type: 'bool', sentence: 'JSON answers are indented.' },
  DRONE_HTTP_ALLOWED_HOSTS: {
    type: 'list',
    sentence: 'Values of the Host header that are answered; none given means all.',
  },
  DRONE_HTTP_PROXY_HEADERS: {
    type: 'list',
    sentence: 'Headers to take the host from before the Host header; the first one that is there counts.',
  },
  SORTIE_TRUSTED_PROXIES: {
    type: 'networks',
    sentence:
      'Networks of reverse proxies (10.0.0.0/8) whose X-Forwarded-For is believed; without them the address of a client is that of its connection.',
  },
  DRONE_HTTP_SSL_REDIRECT: { type: 'bool', sentence: 'Requests without TLS are sent to https.' },
  DRONE_HTTP_SSL_TEMPORARY_REDIRECT: {
    type: 'bool',
    sentence: 'The redirect to https is a temporary one (307 instead of 301).',
  },
  DRONE_HTTP_SSL_HOST: { type: 'string', sentence: 'Host of the redirect to https.' },
  DRONE_HTTP_SSL_PROXY_HEADERS: {
    type: 'map',
    sentence: 'Headers by which a proxy says that the request came over TLS: X-Forwarded-Proto:https.',
  },
  DRONE_HTTP_STS_SECONDS: {
    type: 'int',
    sentence: 'Lifetime of Strict-Transport-Security in seconds; 0 sends none.',
  },
  DRONE_HTTP_STS_INCLUDE_SUBDOMAINS: {
    type: 'bool',
    sentence: 'Strict-Transport-Security covers subdomains.',
  },
  DRONE_HTTP_STS_PRELOAD: { type: 'bool', sentence: 'Strict-Transport-Security asks to be preloaded.' },
  DRONE_HTTP_STS_FORCE_HEADER: {
    type: 'bool',
    sentence: 'Strict-Transport-Security is sent without TLS too.',
  },
  DRONE_HTTP_BROWSER_XSS_FILTER: {
    type: 'bool',
    default: 'true',
    sentence: 'Pages carry X-XSS-Protection.',
  },
  DRONE_HTTP_FRAME_DENY: { type: 'bool', default: 'true', sentence: 'Pages cannot be put into a frame.' },
  DRONE_HTTP_CONTENT_TYPE_NO_SNIFF: {
    type: 'bool',
    state: 'ignored',
    sentence: 'X-Content-Type-Options: nosniff is always sent.',
  },
  DRONE_HTTP_CONTENT_SECURITY_POLICY: {
    type: 'string',
    sentence: 'Replaces the content security policy of the pages; $NONCE becomes a fresh value each time.',
  },
  DRONE_HTTP_REFERRER_POLICY: {
    type: 'string',
    default: 'same-origin',
    sentence: 'Referrer-Policy of the pages.',
  },
  SORTIE_CORS_ORIGINS: {
    type: 'list',
    sentence:
      'Other origins, such as https://tools.example.com, whose pages may call the API with a session.',
  },
  SORTIE_LEGACY_PREFIX: {
    type: 'string',
    default: '/v0',
    sentence:
      'Below this path the API answers exactly as Drone 0.5 did, for clients with DRONE_SERVER=https://host/v0; off answers there no more.',
  },
  SORTIE_PUBLIC_BADGES: {
    type: 'bool',
    default: 'true',
    sentence: 'Everybody sees the status badge of every repository; off, only those who may read it.',
  },
  SORTIE_PUBLIC_VARZ: {
    type: 'bool',
    default: 'true',
    sentence: 'Everybody may read /varz; off, administrators only.',
  },
  SORTIE_QUERY_TOKENS: {
    type: 'bool',
    default: 'true',
    sentence: 'Event streams accept a token as ?access_token=, for browsers and old clients.',
  },
  DRONE_SERVER_PROXY_HOST: {
    type: 'string',
    sentence: 'Host in the webhook address given to Git services.',
  },
  DRONE_SERVER_PROXY_PROTO: {
    type: 'string',
    sentence: 'Scheme in the webhook address given to Git services.',
  },
  DRONE_TLS_CERT: { type: 'string', state: 'later', sentence: 'PEM file with the certificate.' },
  DRONE_TLS_KEY: { type: 'string', state: 'later', sentence: 'PEM file with the key of the certificate.' },
  DRONE_TLS_AUTOCERT: { type: 'bool', state: 'later', sentence: 'The certificate is fetched by ACME.' },
  DRONE_TLS_EMAIL: { type: 'string', state: 'later', sentence: 'Contact address for ACME.' },
  SORTIE_HOOK_NULL: {
    type: 'bool',
    sentence: 'A webhook that leads to no build is answered with null, as by Drone, and not with the reason.',
  },
  DRONE_DEBUG_DUMP_HOOK: {
    type: 'bool',
    sentence: 'Incoming webhooks are written to the log, without signatures and tokens.',
  },
  DRONE_FEATURE_SERVER_PROXY_SECRET: {
    type: 'string',
    isSecret: true,
    sentence: 'Webhooks that are signed with this secret are accepted for every repository.',
  },
  DRONE_PPROF_ENABLED: { type: 'bool', state: 'ignored', sentence: "Go's profiler." },
  TZ: {
    type: 'string',
    default: 'UTC',
    sentence: 'Time zone in which cron expressions are read, such as `Europe/Berlin`.',
  },
} as const satisfies SettingTable;
