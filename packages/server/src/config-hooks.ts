import type { SettingsValues } from './config-table.ts';

/** How webhooks of Git services are taken. */
export interface HookConfig {
  /** Whoever asks for a build that is then skipped hears `null`, as from Drone. */
  readonly sendsNull: boolean;
  /** Every webhook is written to the log, without secrets. */
  readonly isDumped: boolean;
  /** Accepted as the secret of every repository; empty = none. */
  readonly proxySecret: string;
  /** Globs of slugs. */
  readonly ignoredRepos: readonly string[];
}

/** What the settings say about webhooks. */
export function hookConfig(values: SettingsValues): HookConfig {
  return {
    sendsNull: values.SORTIE_HOOK_NULL,
    isDumped: values.DRONE_DEBUG_DUMP_HOOK,
    proxySecret: values.DRONE_FEATURE_SERVER_PROXY_SECRET,
    ignoredRepos: values.DRONE_REPOSITORY_IGNORE,
  };
}
