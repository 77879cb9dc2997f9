import { localHostOf } from '@sortie/scm/rest/local-target';
import { parseConfig } from '../config.ts';
import type { Config } from '../config-build.ts';
import { type Diagnosis, failed, ok, warn } from './diagnosis.ts';

export interface SettingsSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads the files of `_FILE` variables; throws when it cannot. */
  readonly readFile: (path: string) => string;
}

/** The settings, when they can be used, and what is to be said of them. */
export interface SettingsReport {
  readonly config?: Config;
  readonly diagnoses: readonly Diagnosis[];
}

/** Reads the settings as the server would, and says what is odd about them. */
export function checkSettings({ env, readFile }: SettingsSource): SettingsReport {
  try {
    const config = parseConfig(env, readFile);
    const oddities = [...config.warnings.map((text) => warn('settings', text)), ...lint(config, env)];
    const given = config.found.filter(({ from }) => from !== undefined).length;
    const fine = ok('settings', `${given} settings are given, and all can be used.`);
    return { config, diagnoses: oddities.length === 0 ? [fine] : oddities };
  } catch (error) {
    return { diagnoses: [failed('settings', error)] };
  }
}

function lint(config: Config, env: SettingsSource['env']): readonly Diagnosis[] {
  return [...lintAddress(config), ...lintEmpty(env), ...lintServices(config)];
}

function lintAddress({ server, services, session }: Config): readonly Diagnosis[] {
  const found: Diagnosis[] = [];
  const isLocal = localHostOf(server.publicUrl) !== undefined;
  const remote = services.services.find((service) => localHostOf(service.server) === undefined);
  if (isLocal && remote !== undefined && services.hookBase === '' && services.pollMs === 0) {
    found.push(
      warn(
        'settings',
        `${remote.title} (${remote.server}) cannot send webhooks to ${server.publicUrl}.`,
        'Set DRONE_SERVER_HOST to a name by which it reaches this server, or poll with SORTIE_POLL_INTERVAL=1m.',
      ),
    );
  }
  if (!isLocal && server.proto === 'http') {
    found.push(
      warn(
        'settings',
        `People sign in at ${server.publicUrl} unencrypted.`,
        'Put the server behind HTTPS and set DRONE_SERVER_PROTO=https.',
      ),
    );
  }
  if (server.proto === 'http' && session.isSecure) {
    found.push(
      warn(
        'settings',
        'DRONE_COOKIE_SECURE keeps browsers from staying signed in over http.',
        'Set DRONE_SERVER_PROTO=https, or take DRONE_COOKIE_SECURE away.',
      ),
    );
  }
  return found;
}

/** Compose files set a variable to nothing when the one that it is made of is missing. */
function lintEmpty(env: SettingsSource['env']): readonly Diagnosis[] {
  const empty = Object.keys(env)
    .filter((name) => /^(DRONE|SORTIE)_/.test(name) && env[name] === '')
    .sort();
  return empty.map((name) =>
    warn('settings', `${name} is set to nothing.`, 'Give it a value, or take it away.'),
  );
}

function lintServices({ services: { services } }: Config): readonly Diagnosis[] {
  return services
    .filter(({ skipsVerify }) => skipsVerify)
    .map(({ title }) =>
      warn(
        'settings',
        `The certificate of ${title} is not checked.`,
        'Turn SKIP_VERIFY off, and trust a certificate of your own with SORTIE_SERVICE_CA.',
      ),
    );
}
