import type { SettingTable } from './config-setting.ts';

/** The built-in runner, and what runners of their own read. */
export const RUNNER_SETTINGS = {
  SORTIE_RUNNER: { type: 'bool', default: 'true', sentence: 'The server runs builds itself.' },
  SORTIE_RUNNER_ENGINES: {
    type: 'list',
    choices: ['docker', 'exec'],
    default: 'docker',
    sentence:
      'Engines of the built-in runner: `docker`, and `exec`, which runs commands on the machine itself.',
  },
  DRONE_RUNNER_NAME: {
    type: 'string',
    aliases: ['DRONE_MACHINE'],
    sentence: 'Name of the built-in runner; the host name unless given.',
  },
  DRONE_RUNNER_CAPACITY: {
    type: 'int',
    min: 1,
    default: '2',
    sentence: 'Pipelines that the built-in runner runs at once.',
  },
  DRONE_RUNNER_LABELS: {
    type: 'map',
    sentence: 'Labels of the built-in runner; they must equal the `node` of a pipeline.',
  },
  DRONE_RUNNER_ENVIRON: { type: 'map', sentence: 'Environment of every step.' },
  SORTIE_RUNNER_SUBNETS: {
    type: 'networks',
    default: '10.213.0.0/16',
    sentence: 'Where the networks of Docker pipelines get their addresses from; empty: Docker chooses.',
  },
  SORTIE_RUNNER_EARLY_STARTS: {
    type: 'int',
    default: '3',
    sentence:
      'Containers of one pipeline that may be started before their turn, to wait for it; 0 means none.',
  },
  DOCKER_HOST: { type: 'string', sentence: 'Address of the Docker daemon.' },
  DOCKER_CERT_PATH: {
    type: 'string',
    sentence: 'Folder with ca.pem, cert.pem and key.pem for the Docker daemon.',
  },
  DOCKER_TLS_VERIFY: {
    type: 'string',
    sentence: 'Anything but an empty text: the Docker daemon is spoken to over TLS.',
  },
  DOCKER_API_VERSION: {
    type: 'string',
    sentence:
      'Version of the API that the Docker daemon is spoken to in, such as 1.41; its own unless given.',
  },
  DRONE_PLATFORM_OS: {
    type: 'string',
    aliases: ['DRONE_RUNNER_OS'],
    sentence: 'Operating system that the runner takes pipelines for; its own unless given.',
  },
  DRONE_PLATFORM_ARCH: {
    type: 'string',
    aliases: ['DRONE_RUNNER_ARCH'],
    sentence: 'Processor that the runner takes pipelines for; its own unless given.',
  },
  DRONE_PLATFORM_KERNEL: {
    type: 'string',
    aliases: ['DRONE_RUNNER_KERNEL'],
    sentence: 'Kernel or Windows release that the runner takes pipelines for; its own unless given.',
  },
  DRONE_PLATFORM_VARIANT: {
    type: 'string',
    aliases: ['DRONE_RUNNER_VARIANT'],
    sentence: 'Processor variant that the runner takes pipelines for; its own unless given.',
  },
  DRONE_RUNNER_PLATFORM: { type: 'string', state: 'ignored', sentence: 'Never had an effect in Drone.' },
  DRONE_RUNNER_LOCAL: { type: 'bool', state: 'ignored', sentence: 'Never had an effect in Drone.' },
  DRONE_RUNNER_IMAGE: { type: 'string', state: 'ignored', sentence: 'Never had an effect in Drone.' },
  DRONE_RUNNER_DEVICES: {
    type: 'list',
    sentence: 'Devices of the machine in every step: host, host:container or host:container:rwm.',
  },
  DRONE_RUNNER_MAX_PROCS: {
    type: 'int',
    sentence: 'Steps of all pipelines of the runner that run at once; 0 means all.',
  },
  DRONE_RUNNER_CLONE_IMAGE: {
    type: 'string',
    aliases: ['DRONE_IMAGE_CLONE'],
    sentence: 'Image of the clone step, for example drone/git; the runner clones by itself without one.',
  },
  DRONE_RUNNER_ENV_FILE: {
    type: 'string',
    aliases: ['DRONE_RUNNER_ENVFILE'],
    sentence: 'File with further environment of every step, one NAME=value a line.',
  },
  DRONE_RUNNER_VOLUMES: {
    type: 'list',
    sentence: 'Volumes of the machine in every step: host:container or host:container:ro.',
  },
  DRONE_RUNNER_NETWORKS: { type: 'list', sentence: 'Networks that every step joins.' },
  DRONE_RUNNER_NETWORK_OPTS: {
    type: 'map',
    sentence: 'Options of the network of a pipeline.',
  },
  DRONE_RUNNER_PRIVILEGED_IMAGES: {
    type: 'list',
    sentence: "Plugins that run privileged beside Docker's own, such as plugins/docker.",
  },
  DRONE_RUNNER_PATH: { type: 'string', sentence: 'PATH of exec pipelines.' },
  DRONE_RUNNER_ROOT: {
    type: 'string',
    sentence: 'Folder for the workspaces of exec pipelines.',
  },
  DRONE_RUNNER_SYMLINKS: {
    type: 'map',
    sentence: 'Links in the folder of each exec pipeline: place on the machine:place below the folder.',
  },
  DRONE_LIMIT_REPOS: {
    type: 'list',
    sentence: 'Globs of the repositories that the runner serves; stages of others end in error.',
  },
  DRONE_LIMIT_EVENTS: {
    type: 'list',
    sentence: 'Globs of the events that the runner serves; stages of others end in error.',
  },
  DRONE_LIMIT_TRUSTED: {
    type: 'bool',
    sentence: 'The runner serves trusted repositories only; stages of others end in error.',
  },
  DRONE_MEMORY_LIMIT: {
    type: 'bytes',
    aliases: ['DRONE_LIMIT_MEM'],
    sentence: 'Memory of a step.',
  },
  DRONE_MEMORY_SWAP_LIMIT: {
    type: 'bytes',
    aliases: ['DRONE_LIMIT_MEM_SWAP'],
    sentence: 'Memory and swap of a step.',
  },
  DRONE_SHM_SIZE: {
    type: 'bytes',
    aliases: ['DRONE_LIMIT_SHM_SIZE'],
    sentence: 'Shared memory of a step.',
  },
  DRONE_CPU_QUOTA: {
    type: 'int',
    aliases: ['DRONE_LIMIT_CPU_QUOTA'],
    sentence: 'Processor time of a step in each period, in microseconds.',
  },
  DRONE_CPU_PERIOD: { type: 'int', sentence: 'Length of the period in microseconds.' },
  DRONE_CPU_SHARES: {
    type: 'int',
    aliases: ['DRONE_LIMIT_CPU_SHARES'],
    sentence: 'Weight of a step when processors are short.',
  },
  DRONE_CPU_SET: {
    type: 'list',
    aliases: ['DRONE_LIMIT_CPU_SET'],
    sentence: 'Processors that steps may use.',
  },
  DRONE_DOCKER_CONFIG: {
    type: 'string',
    sentence: "Docker's config.json with registry credentials.",
  },
  DRONE_DOCKER_STREAM_PULL: {
    type: 'bool',
    default: 'true',
    sentence: 'The progress of image pulls is shown in the log.',
  },
  DRONE_NETRC_CLONE_ONLY: {
    type: 'bool',
    sentence: 'Only the clone step sees the credentials of the repository.',
  },
  DRONE_RPC_HOST: {
    type: 'string',
    sentence: 'Host of the server, with port and path, that `sortie runner` works for.',
  },
  DRONE_RPC_PROTO: {
    type: 'string',
    choices: ['http', 'https'],
    default: 'http',
    sentence: 'Scheme of the server that `sortie runner` works for.',
  },
  SORTIE_RUNNER_DRAIN: {
    type: 'duration',
    default: '1h',
    sentence: 'How long running stages may go on after `sortie runner` has been told to stop.',
  },
  DRONE_RPC_SERVER: { type: 'string', state: 'ignored', sentence: 'Never had an effect on the server.' },
  DRONE_RPC_SKIP_VERIFY: {
    type: 'bool',
    sentence: '`sortie runner` does not check the certificate of the server.',
  },
  DRONE_RPC_DEBUG: { type: 'bool', state: 'ignored', sentence: 'Never had an effect on the server.' },
  DRONE_RPC_DUMP_HTTP: {
    type: 'bool',
    sentence: '`sortie runner` logs its requests to the server and their answers, without tokens.',
  },
  DRONE_RPC_DUMP_HTTP_BODY: {
    type: 'bool',
    sentence: 'With DRONE_RPC_DUMP_HTTP: bodies too, with `***` for all texts that may be secret.',
  },
  DRONE_RPC_EXTRA_HOSTS: { type: 'string', state: 'ignored', sentence: 'Never had an effect on the server.' },
  DRONE_DEBUG: {
    type: 'bool',
    sentence: 'Server and runner log more, such as each stage and step that the runner works on.',
  },
  DRONE_TRACE: {
    type: 'bool',
    sentence: 'Server and runner log everything, such as each question of the runner for work.',
  },
  DRONE_HTTP_BIND: {
    type: 'address',
    default: ':3000',
    sentence: 'Where `sortie runner` answers /healthz and /metrics and shows its pages.',
  },
  DRONE_UI_USERNAME: { type: 'string', sentence: 'Login of the pages of `sortie runner`.' },
  DRONE_UI_REALM: {
    type: 'string',
    default: 'MyRealm',
    sentence: 'Name that the pages of `sortie runner` give themselves when they ask for login and password.',
  },
  DRONE_TMATE_ENABLED: { type: 'bool', state: 'later', sentence: 'Debug builds open a shell.' },
  DRONE_TMATE_IMAGE: { type: 'string', state: 'later', sentence: 'Image that brings the shell.' },
  DRONE_TMATE_HOST: { type: 'string', state: 'later', sentence: 'Host that relays the shell.' },
  DRONE_TMATE_PORT: { type: 'string', state: 'later', sentence: 'Port of that host.' },
  DRONE_TMATE_FINGERPRINT_RSA: { type: 'string', state: 'later', sentence: 'RSA fingerprint of that host.' },
  DRONE_TMATE_FINGERPRINT_ED25519: {
    type: 'string',
    state: 'later',
    sentence: 'Ed25519 fingerprint of that host.',
  },
  DRONE_TMATE_AUTHORIZED_KEYS: { type: 'string', state: 'later', sentence: 'Keys that may enter the shell.' },
  DRONE_LOG_FILE: { type: 'string', state: 'later', sentence: 'File that a runner logs to.' },
  DRONE_LOG_FILE_MAX_AGE: { type: 'int', state: 'later', sentence: 'Days that log files are kept.' },
  DRONE_LOG_FILE_MAX_BACKUPS: { type: 'int', state: 'later', sentence: 'Log files that are kept.' },
  DRONE_LOG_FILE_MAX_SIZE: { type: 'int', state: 'later', sentence: 'Size of a log file in megabytes.' },
  DRONE_FLAG_ENABLE_CARDS: {
    type: 'bool',
    state: 'later',
    sentence: 'Cards that steps leave behind are read.',
  },
  DRONE_RUNNER_SECRETS: {
    type: 'map',
    isSecret: true,
    sentence: 'Secrets of every build except pull requests, as name:value; those of the server come first.',
  },
  DRONE_UI_PASSWORD: {
    type: 'string',
    isSecret: true,
    sentence: 'Password of the pages of `sortie runner`; without one there are none.',
  },
  DRONE_SECRET_PLUGIN_ENDPOINT: {
    type: 'string',
    aliases: ['DRONE_SECRET_ENDPOINT'],
    state: 'later',
    sentence: 'Address of the secret extension.',
  },
  DRONE_SECRET_PLUGIN_TOKEN: {
    type: 'string',
    isSecret: true,
    aliases: ['DRONE_SECRET_SECRET'],
    state: 'later',
    sentence: 'Signs the requests to the secret extension.',
  },
  DRONE_SECRET_PLUGIN_SKIP_VERIFY: {
    type: 'bool',
    aliases: ['DRONE_SECRET_SKIP_VERIFY'],
    state: 'later',
    sentence: 'The certificate of the secret extension is not checked.',
  },
  DRONE_REGISTRY_PLUGIN_ENDPOINT: {
    type: 'string',
    aliases: ['DRONE_REGISTRY_ENDPOINT'],
    state: 'later',
    sentence: 'Address of the registry extension.',
  },
  DRONE_REGISTRY_PLUGIN_TOKEN: {
    type: 'string',
    isSecret: true,
    aliases: ['DRONE_REGISTRY_SECRET', 'DRONE_REGISTRY_PLUGIN_SECRET'],
    state: 'later',
    sentence: 'Signs the requests to the registry extension.',
  },
  DRONE_REGISTRY_PLUGIN_SKIP_VERIFY: {
    type: 'bool',
    aliases: ['DRONE_REGISTRY_SKIP_VERIFY'],
    state: 'later',
    sentence: 'The certificate of the registry extension is not checked.',
  },
  DRONE_ENV_PLUGIN_ENDPOINT: {
    type: 'string',
    state: 'later',
    sentence: 'Address of the environment extension.',
  },
  DRONE_ENV_PLUGIN_TOKEN: {
    type: 'string',
    isSecret: true,
    state: 'later',
    sentence: 'Signs the requests to the environment extension.',
  },
  DRONE_ENV_PLUGIN_SKIP_VERIFY: {
    type: 'bool',
    state: 'later',
    sentence: 'The certificate of the environment extension is not checked.',
  },
  DRONE_UI_DISABLE: {
    type: 'string',
    state: 'ignored',
    sentence: 'Has no effect in current releases of Drone.',
  },
  DRONE_DEFER_TAIL_LOG: {
    type: 'string',
    state: 'ignored',
    sentence: 'Has no effect in current releases of Drone.',
  },
  DRONE_FLAG_ALLOW_DOCKER_PLUGIN_VOLUMES: {
    type: 'bool',
    sentence: 'Privileged plugins may have volumes.',
  },
  DRONE_HTTP_ACME: {
    type: 'string',
    state: 'ignored',
    sentence: 'Has no effect in current releases of Drone.',
  },
  DRONE_HTTP_HOST: {
    type: 'string',
    state: 'ignored',
    sentence: 'Has no effect in current releases of Drone.',
  },
  DRONE_HTTP_PROTO: {
    type: 'string',
    state: 'ignored',
    sentence: 'Has no effect in current releases of Drone.',
  },
  DRONE_ACME_ENABLED: {
    type: 'string',
    state: 'ignored',
    sentence: 'Has no effect in current releases of Drone.',
  },
  DRONE_ACME_EMAIL: {
    type: 'string',
    state: 'ignored',
    sentence: 'Has no effect in current releases of Drone.',
  },
  DRONE_SERVER_ACME: {
    type: 'string',
    state: 'ignored',
    sentence: 'Has no effect in current releases of Drone.',
  },
  DRONE_NAMESPACE_DEFAULT: { type: 'string', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_NAMESPACE_RULES: { type: 'map', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_NAMESPACE_RULES_FILE: { type: 'string', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_RESOURCE_REQUEST_CPU: { type: 'int', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_RESOURCE_REQUEST_MEMORY: { type: 'bytes', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_RESOURCE_LIMIT_CPU: { type: 'int', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_RESOURCE_LIMIT_MEMORY: { type: 'bytes', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_RESOURCE_MIN_REQUEST_CPU: { type: 'int', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_RESOURCE_MIN_REQUEST_MEMORY: { type: 'bytes', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_POLICY_FILE: { type: 'string', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_SERVICE_ACCOUNT_DEFAULT: { type: 'string', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_NODE_SELECTOR_DEFAULT: { type: 'map', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_ANNOTATIONS_DEFAULT: { type: 'map', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_LABELS_DEFAULT: { type: 'map', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_IMAGE_PLACEHOLDER: { type: 'string', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_ENGINE_CONTAINER_START_TIMEOUT: {
    type: 'int',
    state: 'later',
    sentence: 'For Kubernetes pipelines.',
  },
  DRONE_ENGINE_CONTAINER_TIME_TO_WAIT_FOR_LOGS: {
    type: 'int',
    state: 'later',
    sentence: 'For Kubernetes pipelines.',
  },
  DRONE_KUBE_CLIENT_QPS: { type: 'float', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_KUBE_CLIENT_BURST: { type: 'int', state: 'later', sentence: 'For Kubernetes pipelines.' },
  DRONE_KUBERNETES_CONFIG: { type: 'string', state: 'later', sentence: 'For Kubernetes pipelines.' },
} as const satisfies SettingTable;
