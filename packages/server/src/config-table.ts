import type { SettingTable, ValuesOf } from './config-setting.ts';
import { ACCOUNT_SETTINGS } from './config-table-accounts.ts';
import { EXTENSION_SETTINGS } from './config-table-extensions.ts';
import { RUNNER_SETTINGS } from './config-table-runner.ts';
import { SERVER_SETTINGS } from './config-table-server.ts';
import { SERVICE_SETTINGS } from './config-table-services.ts';
import { STORAGE_SETTINGS } from './config-table-storage.ts';

/** A chapter of the reference page. */
export interface SettingSection {
  readonly title: string;
  readonly settings: SettingTable;
}

/** Every setting by subject. The parser, the reference page and `sortie config` all read this. */
export const SETTING_SECTIONS: readonly SettingSection[] = [
  { title: 'Server', settings: SERVER_SETTINGS },
  { title: 'People and repositories', settings: ACCOUNT_SETTINGS },
  { title: 'Storage, queue, logging', settings: STORAGE_SETTINGS },
  { title: 'Runner', settings: RUNNER_SETTINGS },
  { title: 'Extensions and configuration languages', settings: EXTENSION_SETTINGS },
  { title: 'Git services', settings: SERVICE_SETTINGS },
];

export const SETTINGS = {
  ...SERVER_SETTINGS,
  ...ACCOUNT_SETTINGS,
  ...STORAGE_SETTINGS,
  ...RUNNER_SETTINGS,
  ...EXTENSION_SETTINGS,
  ...SERVICE_SETTINGS,
} as const;

export type SettingName = keyof typeof SETTINGS;
export type SettingsValues = ValuesOf<typeof SETTINGS>;

/**
 * Names that are not the server's, but that nobody misspelt: the command line's, and those that a build sees
 * (a server may well be started inside one).
 */
export const FOREIGN_NAMES =
  /^(DRONE_(SERVER|TOKEN|AUTOSCALER)|DRONE|DRONE_(BUILD|COMMIT|REPO|STAGE|STEP|SYSTEM|RUNNER_HOST|CARD|CALVER|SEMVER)(_.*)?|DRONE_(BRANCH|TAG|PULL_REQUEST|PULL_REQUEST_TITLE|SOURCE_BRANCH|TARGET_BRANCH|REMOTE_URL|GIT_HTTP_URL|GIT_SSH_URL|WORKSPACE|WORKSPACE_BASE|WORKSPACE_PATH|HOME|NETRC_.*|DEPLOY_TO|DEPLOY_ID|FAILED_STAGES|FAILED_STEPS|JOB_.*|PREV_.*|YAML_SIGNED|YAML_VERIFIED|OUTPUT|ENV|SCRIPT|DOCKER_NETWORK_ID|DOCKER_VOLUME_PATH|CRON)|SORTIE_(SERVER|TOKEN|TEST_.*))$/;
