import type { FieldDefinition, RecordDefinition } from './definition.ts';
import { CONTAINERS, EVERYWHERE, IDLE, KUBERNETES } from './definition.ts';

/** The records inside a pipeline that are neither steps nor volumes (pipeline.md 2.1). */

const DOCKER_DOCUMENT = 'kind: pipeline\nsteps:\n- name: build\n  image: golang:1.26\n';
const KUBERNETES_DOCUMENT = 'kind: pipeline\ntype: kubernetes\nsteps:\n- name: build\n  image: golang:1.26\n';

export const PLATFORM: RecordDefinition = {
  name: 'platform',
  title: 'Platform',
  text: 'Which machine a pipeline needs.',
  frame: `${DOCKER_DOCUMENT}platform:\n  %\n`,
  fields: [
    text(
      'os',
      'The operating system. Docker runners know `linux` and `windows`.',
      'os: linux',
      '2.1',
      'linux',
    ),
    text(
      'arch',
      'The processor. Docker runners know `amd64`, `arm64`, `arm`, `ppc64le` and `s390x`.',
      'arch: arm64',
      '2.1',
      'amd64',
    ),
    text('variant', 'The variant of the processor, when the runner names one.', 'variant: v8', '2.1'),
    text('version', 'The kernel, or the Windows release.', 'version: "1809"', '2.1'),
  ],
};

export const WORKSPACE: RecordDefinition = {
  name: 'workspace',
  title: 'Workspace',
  text: 'Where the shared directory is mounted and where the repository lies in it.',
  frame: `${DOCKER_DOCUMENT}workspace:\n  %\n`,
  fields: [
    text('base', 'The mount point of the shared directory.', 'base: /go', '7.3', '/drone/src'),
    text('path', 'The directory of the repository, relative to the base.', 'path: src/app', '7.3'),
  ],
};

export const CONCURRENCY: RecordDefinition = {
  name: 'concurrency',
  title: 'Concurrency',
  text: 'A limit for stages of the same name in one repository, whatever their branch.',
  frame: `${DOCKER_DOCUMENT}concurrency:\n  %\n`,
  fields: [
    {
      key: 'limit',
      value: { kind: 'count' },
      use: EVERYWHERE,
      default: '0, no limit',
      text: 'How many may run at once. Further ones wait in the order of their builds.',
      example: 'limit: 1',
      rule: '8.4',
    },
    {
      key: 'group',
      value: { kind: 'text' },
      use: IDLE,
      text: 'Meant for pipelines that count together whatever their names. Without effect so far.',
      example: 'group: deployment',
      rule: '12',
    },
  ],
};

export const CLONE: RecordDefinition = {
  name: 'clone',
  title: 'Clone',
  text: 'How the repository is fetched.',
  frame: 'kind: pipeline\nsteps:\n- {name: build, image: golang:1.26}\nclone:\n  %\n  image: drone/git\n',
  fields: [
    flag('disable', 'Do not fetch the repository. The steps start in an empty directory.', 'disable: true'),
    {
      key: 'depth',
      value: { kind: 'count' },
      use: EVERYWHERE,
      default: '0, everything',
      text: 'How many commits of history are fetched.',
      example: 'depth: 50',
      rule: '7.4',
    },
    {
      key: 'retries',
      value: { kind: 'count' },
      use: EVERYWHERE,
      default: '0',
      text: 'How often a failed clone is tried again.',
      example: 'retries: 3',
      rule: '7.4',
    },
    flag(
      'skip_verify',
      'Do not verify TLS certificates, in the clone and in every step.',
      'skip_verify: true',
    ),
    flag('trace', 'Show what git does, in the clone and in every step.', 'trace: true'),
    flag(
      'submodules',
      'Check out submodules too, at all depths. Those on the host of the repository get its credentials, except in builds of forks.',
      'submodules: true',
    ),
    flag('tags', 'Fetch all tags.', 'tags: true'),
    flag(
      'lfs',
      'Fetch the files that Git LFS keeps. The machine of the runner needs the program git-lfs.',
      'lfs: true',
    ),
    {
      key: 'image',
      value: { kind: 'text' },
      use: CONTAINERS,
      default: "the runner's own git",
      text: 'A plugin that fetches the repository. It gets no credentials in builds of forks.',
      example: 'image: drone/git',
      rule: '12',
    },
    {
      key: 'settings',
      value: { kind: 'settings' },
      use: CONTAINERS,
      text: 'Settings for that plugin.',
      example: 'settings:\n  partial: false',
      rule: '12',
    },
  ],
};

export const DEPENDENCY: RecordDefinition = {
  name: 'dependency',
  title: 'Dependency',
  text: 'The long form of a name in `depends_on`.',
  frame: `${DOCKER_DOCUMENT}- name: test\n  image: golang:1.26\n  depends_on:\n  - %\n    name: build\n`,
  required: ['name'],
  fields: [
    text('name', 'The name of the step or pipeline.', 'name: build', '12'),
    {
      key: 'optional',
      value: { kind: 'flag' },
      use: EVERYWHERE,
      default: 'false',
      text: 'Nothing of that name need exist.',
      example: 'optional: true',
      rule: '12',
    },
  ],
};

export const METADATA: RecordDefinition = {
  name: 'metadata',
  title: 'Metadata of a pod',
  text: 'Where a Kubernetes pod is made and what it is marked with.',
  frame: `${KUBERNETES_DOCUMENT}metadata:\n  %\n`,
  fields: [
    text(
      'namespace',
      'The namespace of the pod. `drone-` makes one for the stage and deletes it after it.',
      'namespace: builds',
      '7.12',
      "the runner's",
    ),
    map('labels', 'Labels of the pod.', 'labels:\n  team: web'),
    map('annotations', 'Annotations of the pod.', 'annotations:\n  example.com/owner: web'),
  ],
};

export const TOLERATION: RecordDefinition = {
  name: 'toleration',
  title: 'Toleration',
  text: 'A taint of nodes that the pod tolerates.',
  frame: `${KUBERNETES_DOCUMENT}tolerations:\n- %\n`,
  fields: [
    text('key', 'The key of the taint.', 'key: dedicated', '2.1'),
    text('operator', '`Exists` or `Equal`.', 'operator: Exists', '2.1'),
    text('value', 'The value of the taint, for `Equal`.', 'value: ci', '2.1'),
    text('effect', '`NoSchedule`, `PreferNoSchedule` or `NoExecute`.', 'effect: NoSchedule', '2.1'),
    {
      key: 'toleration_seconds',
      value: { kind: 'count' },
      use: KUBERNETES,
      text: 'How long a `NoExecute` taint is tolerated.',
      example: 'toleration_seconds: 60',
      rule: '2.1',
    },
    {
      key: 'tolerationseconds',
      value: { kind: 'count' },
      use: KUBERNETES,
      text: 'The only spelling of `toleration_seconds` that Drone reads.',
      example: 'tolerationseconds: 60',
      rule: '2.1',
    },
  ],
};

export const DNS_CONFIG: RecordDefinition = {
  name: 'dns_config',
  title: 'DNS of a pod',
  text: 'How names are looked up inside a Kubernetes pod.',
  frame: `${KUBERNETES_DOCUMENT}dns_config:\n  %\n`,
  fields: [
    list('nameservers', 'Addresses of name servers.', 'nameservers: [10.0.0.53]'),
    list('searches', 'Domains that short names are looked up in.', 'searches: [example.com]'),
    {
      key: 'options',
      value: { kind: 'records', record: 'dns_option' },
      use: KUBERNETES,
      text: 'Options of the resolver.',
      example: 'options:\n  - name: ndots\n    value: "2"',
      rule: '2.1',
    },
  ],
};

export const DNS_OPTION: RecordDefinition = {
  name: 'dns_option',
  title: 'Option of the resolver',
  text: 'One option of `dns_config`.',
  frame: `${KUBERNETES_DOCUMENT}dns_config:\n  options:\n  - %\n`,
  fields: [
    text('name', 'Name of the option.', 'name: ndots', '2.1'),
    text('value', 'Value of the option, if it has one.', 'value: "2"', '2.1'),
  ],
};

export const HOST_ALIAS: RecordDefinition = {
  name: 'host_alias',
  title: 'Host alias',
  text: 'One line of the hosts file of a pod. Without names it is left out.',
  frame: `${KUBERNETES_DOCUMENT}host_aliases:\n- %\n`,
  fields: [
    text('ip', 'The address.', 'ip: 10.1.2.3', '2.1'),
    list('hostnames', 'The names that stand for it.', 'hostnames: [mirror.example.com]'),
  ],
};

export const SERVER: RecordDefinition = {
  name: 'server',
  title: 'Server of an ssh pipeline',
  text: 'The machine that an `ssh` pipeline runs on. Each value is text or `{from_secret: name}`.',
  frame:
    'kind: pipeline\ntype: ssh\nsteps:\n- name: build\n  commands:\n  - make\nserver:\n  %\n  host: build.example.com\n  user: ci\n',
  fields: ['host', 'user', 'password', 'ssh_key'].map((key) => ({
    key,
    value: { kind: 'secret-text' },
    use: { ssh: 'used' },
    text: serverText(key),
    example: key === 'host' || key === 'user' ? `${key}: ci` : `${key}:\n  from_secret: ${key}`,
    rule: '1.3',
  })),
};

function serverText(key: string): string {
  switch (key) {
    case 'host':
      return 'Name or address of the machine, with `:port` if it is not 22.';
    case 'user':
      return 'Who signs in there.';
    case 'password':
      return 'The password of that user.';
    default:
      return 'The private key of that user.';
  }
}

function text(
  key: string,
  about: string,
  example: string,
  rule: string,
  byDefault?: string,
): FieldDefinition {
  const field = { key, value: { kind: 'text' }, use: EVERYWHERE, text: about, example, rule } as const;
  return byDefault === undefined ? field : { ...field, default: byDefault };
}

function flag(key: string, about: string, example: string): FieldDefinition {
  return {
    key,
    value: { kind: 'flag' },
    use: EVERYWHERE,
    default: 'false',
    text: about,
    example,
    rule: '7.4',
  };
}

function list(key: string, about: string, example: string): FieldDefinition {
  return { key, value: { kind: 'texts' }, use: KUBERNETES, text: about, example, rule: '2.1' };
}

function map(key: string, about: string, example: string): FieldDefinition {
  return { key, value: { kind: 'text-map' }, use: CONTAINERS, text: about, example, rule: '7.12' };
}
