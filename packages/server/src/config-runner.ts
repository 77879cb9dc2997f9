import type { ListenAddress } from './config-setting.ts';
import type { SettingsValues } from './config-table.ts';

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
  readonly docker: {
    readonly host: string;
    /** Empty means the newest of the daemon. */
    readonly apiVersion: string;
    readonly certPath: string;
    readonly verifiesTls: boolean;
  };
  /** Further variables of every step, one `NAME=value` a line; empty means no file. */
  readonly envFile: string;
  /** Steps that run at once; 0 means no limit. */
  readonly maxProcs: number;
  readonly privilegedImages: readonly string[];
  readonly allowsPluginVolumes: boolean;
  readonly keepsNetrcToClone: boolean;
  /** Stages that it refuses although it was handed them; empty lists refuse nothing. */
  readonly limits: {
    readonly repos: readonly string[];
    readonly events: readonly string[];
    readonly isForTrusted: boolean;
  };
  /** Secrets of its own, by name; pull requests never see them. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly containers: ContainerConfig;
  readonly exec: ExecConfig;
  /** What it takes pipelines for; empty texts mean that of the machine. */
  readonly platform: {
    readonly os: string;
    readonly arch: string;
    readonly variant: string;
    readonly kernel: string;
  };
  /** For a runner that is a process of its own. */
  readonly remote: RemoteRunnerConfig;
}

export interface RemoteRunnerConfig {
  /** Host, port and path of the server; empty when it is not set. */
  readonly host: string;
  readonly proto: string;
  readonly skipsVerify: boolean;
  /** What its log tells of each request to the server. */
  readonly dump: { readonly isOn: boolean; readonly hasBodies: boolean };
  /** Where it tells about itself. */
  readonly listen: ListenAddress;
  /** Who may look at its pages; without a password nobody may. */
  readonly login: { readonly username: string; readonly password: string; readonly realm: string };
  /** How long stages may go on after the runner has been told to stop. */
  readonly drainMs: number;
}

/** What every container of a step gets. Numbers are 0 where nothing is set. */
export interface ContainerConfig {
  readonly volumes: readonly string[];
  readonly devices: readonly string[];
  readonly networks: readonly string[];
  readonly networkOptions: Readonly<Record<string, string>>;
  readonly subnets: readonly string[];
  readonly limits: {
    readonly memoryBytes: number;
    readonly memorySwapBytes: number;
    readonly shmBytes: number;
    readonly cpuQuota: number;
    readonly cpuPeriod: number;
    readonly cpuShares: number;
    readonly cpuSet: string;
  };
  /** Path of a configuration file of Docker, empty for none. */
  readonly registryFile: string;
  readonly showsPulls: boolean;
  readonly earlyStarts: number;
}

/** Empty texts mean the usual. */
export interface ExecConfig {
  readonly path: string;
  readonly root: string;
  readonly symlinks: Readonly<Record<string, string>>;
}

/** What the settings say about the runner of this process. */
export function runnerConfig(values: SettingsValues): RunnerConfig {
  return {
    isEnabled: values.SORTIE_RUNNER,
    engines: values.SORTIE_RUNNER_ENGINES,
    name: values.DRONE_RUNNER_NAME,
    capacity: values.DRONE_RUNNER_CAPACITY,
    labels: values.DRONE_RUNNER_LABELS,
    environ: values.DRONE_RUNNER_ENVIRON,
    cloneImage: values.DRONE_RUNNER_CLONE_IMAGE,
    docker: {
      host: values.DOCKER_HOST,
      apiVersion: values.DOCKER_API_VERSION,
      certPath: values.DOCKER_CERT_PATH,
      verifiesTls: values.DOCKER_TLS_VERIFY !== '',
    },
    envFile: values.DRONE_RUNNER_ENV_FILE,
    maxProcs: values.DRONE_RUNNER_MAX_PROCS,
    privilegedImages: values.DRONE_RUNNER_PRIVILEGED_IMAGES,
    allowsPluginVolumes: values.DRONE_FLAG_ALLOW_DOCKER_PLUGIN_VOLUMES,
    keepsNetrcToClone: values.DRONE_NETRC_CLONE_ONLY,
    limits: {
      repos: values.DRONE_LIMIT_REPOS,
      events: values.DRONE_LIMIT_EVENTS,
      isForTrusted: values.DRONE_LIMIT_TRUSTED,
    },
    secrets: values.DRONE_RUNNER_SECRETS,
    containers: containerConfig(values),
    exec: {
      path: values.DRONE_RUNNER_PATH,
      root: values.DRONE_RUNNER_ROOT,
      symlinks: values.DRONE_RUNNER_SYMLINKS,
    },
    platform: {
      os: values.DRONE_PLATFORM_OS,
      arch: values.DRONE_PLATFORM_ARCH,
      variant: values.DRONE_PLATFORM_VARIANT,
      kernel: values.DRONE_PLATFORM_KERNEL,
    },
    remote: {
      host: values.DRONE_RPC_HOST.replace(/^https?:\/\//, '').replace(/\/+$/, ''),
      proto: values.DRONE_RPC_PROTO,
      skipsVerify: values.DRONE_RPC_SKIP_VERIFY,
      dump: { isOn: values.DRONE_RPC_DUMP_HTTP, hasBodies: values.DRONE_RPC_DUMP_HTTP_BODY },
      listen: values.DRONE_HTTP_BIND,
      login: {
        username: values.DRONE_UI_USERNAME,
        password: values.DRONE_UI_PASSWORD,
        realm: values.DRONE_UI_REALM,
      },
      drainMs: values.SORTIE_RUNNER_DRAIN,
    },
  };
}

function containerConfig(values: SettingsValues): ContainerConfig {
  return {
    volumes: values.DRONE_RUNNER_VOLUMES,
    devices: values.DRONE_RUNNER_DEVICES,
    networks: values.DRONE_RUNNER_NETWORKS,
    networkOptions: values.DRONE_RUNNER_NETWORK_OPTS,
    subnets: values.SORTIE_RUNNER_SUBNETS,
    limits: {
      memoryBytes: values.DRONE_MEMORY_LIMIT,
      memorySwapBytes: values.DRONE_MEMORY_SWAP_LIMIT,
      shmBytes: values.DRONE_SHM_SIZE,
      cpuQuota: values.DRONE_CPU_QUOTA,
      cpuPeriod: values.DRONE_CPU_PERIOD,
      cpuShares: values.DRONE_CPU_SHARES,
      cpuSet: values.DRONE_CPU_SET.join(','),
    },
    registryFile: values.DRONE_DOCKER_CONFIG,
    showsPulls: values.DRONE_DOCKER_STREAM_PULL,
    earlyStarts: values.SORTIE_RUNNER_EARLY_STARTS,
  };
}
