import type { FieldDefinition, RecordDefinition, Uses, ValueShape } from './definition.ts';
import { CONTAINERS, DOCKER, EVERYWHERE, IDLE, KUBERNETES } from './definition.ts';

/** A step or service (pipeline.md 2.2). */
export const STEP: RecordDefinition = {
  name: 'step',
  title: 'Step',
  text: 'One step or service. A step has `commands`, or an image that knows what to do with its `settings`.',
  frame:
    'kind: pipeline\nsteps:\n- %\n  name: build\n  image: golang:1.26\nvolumes:\n- name: cache\n  temp: {}\n',
  required: ['name'],
  fields: [
    field('name', { kind: 'text' }, EVERYWHERE, {
      text: 'The name of the step, unique in its pipeline and at most 100 bytes long. Services are reached by it.',
      example: 'name: test',
    }),
    field(
      'image',
      { kind: 'text' },
      { ...CONTAINERS, exec: 'used' },
      {
        text: 'The image of the container. Steps of `exec` pipelines have none.',
        example: 'image: golang:1.26',
      },
    ),
    field('commands', { kind: 'texts' }, EVERYWHERE, {
      text: 'Shell commands, run one after the other in one shell until one fails.',
      example: 'commands:\n  - go build ./...\n  - go test ./...',
      rule: '7.5',
    }),
    field('environment', { kind: 'variables' }, EVERYWHERE, {
      text: 'Variables of the step: text, or `{from_secret: name}`.',
      example: 'environment:\n  CGO_ENABLED: 0\n  API_KEY:\n    from_secret: api_key',
      rule: '6.4',
    }),
    field('settings', { kind: 'settings' }, CONTAINERS, {
      text: 'Settings of a plugin. Each reaches it as the variable `PLUGIN_` with the name in capitals; lists are joined with commas, maps become JSON.',
      example:
        'settings:\n  repo: octo/hello\n  tags: [latest, 1.2.3]\n  password:\n    from_secret: password',
      rule: '6.5',
    }),
    field('depends_on', { kind: 'names' }, EVERYWHERE, {
      default: 'the step before',
      text: 'Steps that must end before this one. As soon as one step of a pipeline has dependencies, all others start at once after the clone.',
      example: 'depends_on: [clone]',
      rule: '7.7',
    }),
    field('when', { kind: 'conditions' }, EVERYWHERE, {
      default: 'always, unless a step has failed',
      text: 'When the step runs. A step whose conditions do not hold is left out of the build.',
      example: 'when:\n  branch: main\n  status: [success, failure]',
      rule: '3',
    }),
    field('failure', { kind: 'text', words: ['fail', 'ignore', 'fast'] }, EVERYWHERE, {
      default: 'fail',
      text: 'What a failure does: `ignore` does not count it, `fast` ends all other steps at once.',
      example: 'failure: ignore',
      rule: '7.9',
    }),
    field('detach', { kind: 'flag' }, EVERYWHERE, {
      default: 'false',
      text: 'Start the step and go on. Its result does not count. Services are always detached.',
      example: 'detach: true',
      rule: '7.8',
    }),
    field('pull', { kind: 'text', words: ['always', 'if-not-exists', 'never'] }, CONTAINERS, {
      default: 'always for `latest`, else if-not-exists',
      text: 'When the image is pulled.',
      example: 'pull: always',
    }),
    field('entrypoint', { kind: 'texts' }, CONTAINERS, {
      default: "the image's",
      text: 'Replaces the entry point of the image. Has no effect beside `commands`.',
      example: 'entrypoint: [/bin/tool]',
    }),
    field('command', { kind: 'texts' }, CONTAINERS, {
      default: "the image's",
      text: 'Arguments of the entry point. Has no effect beside `commands`.',
      example: 'command: [--verbose]',
    }),
    field('working_dir', { kind: 'text' }, CONTAINERS, {
      default: 'the workspace',
      text: 'The directory that the step starts in.',
      example: 'working_dir: /drone/src/web',
      rule: '7.3',
    }),
    field('user', { kind: 'text' }, CONTAINERS, {
      default: "the image's",
      text: 'The user that runs the container. Kubernetes takes a number only.',
      example: 'user: "1000"',
    }),
    field('privileged', { kind: 'flag' }, CONTAINERS, {
      default: 'false',
      text: 'Give the container all rights over the machine. Trusted repositories only.',
      example: 'privileged: true',
      rule: '4.5',
    }),
    field('volumes', { kind: 'records', record: 'mount' }, CONTAINERS, {
      text: 'Volumes of the pipeline and where the step sees them.',
      example: 'volumes:\n  - name: cache\n    path: /cache',
    }),
    field('devices', { kind: 'records', record: 'mount' }, DOCKER, {
      text: 'Devices of the machine. The named volume is a `host` volume below `/dev/`. Trusted repositories only.',
      example: 'devices:\n  - name: cache\n    path: /dev/kvm',
    }),
    field('network_mode', { kind: 'text' }, DOCKER, {
      default: 'the network of the pipeline',
      text: 'Another network for the container, for example `host`. Trusted repositories only.',
      example: 'network_mode: host',
    }),
    field('dns', { kind: 'texts' }, DOCKER, {
      text: 'Addresses of name servers. Trusted repositories only.',
      example: 'dns: [10.0.0.53]',
    }),
    field('dns_search', { kind: 'texts' }, DOCKER, {
      text: 'Domains that short names are looked up in. Trusted repositories only.',
      example: 'dns_search: [example.com]',
    }),
    field('extra_hosts', { kind: 'texts' }, DOCKER, {
      text: 'Further lines of the hosts file, as `name:address`. Trusted repositories only.',
      example: 'extra_hosts: ["mirror.example.com:10.1.2.3"]',
    }),
    field('shm_size', { kind: 'size' }, DOCKER, {
      default: "the runner's",
      text: 'Size of the shared memory `/dev/shm`. Trusted repositories only.',
      example: 'shm_size: 256m',
    }),
    field('mem_limit', { kind: 'size' }, DOCKER, {
      default: "the runner's",
      text: 'How much memory the container may use.',
      example: 'mem_limit: 1g',
    }),
    field('memswap_limit', { kind: 'size' }, DOCKER, {
      default: "the runner's",
      text: 'How much memory and swap the container may use together; `-1` for no limit.',
      example: 'memswap_limit: 2g',
    }),
    field('group', { kind: 'count' }, KUBERNETES, {
      text: 'The number of the group that runs the container.',
      example: 'group: 1000',
    }),
    field(
      'resources',
      { kind: 'record', record: 'resources' },
      { ...IDLE, kubernetes: 'used' },
      {
        text: 'Limits of the container. Only Kubernetes looks at them.',
        example: 'resources:\n  limits:\n    cpu: 1000\n    memory: 512MiB',
        rule: '7.12',
      },
    ),
    field('shell', { kind: 'text' }, IDLE, { text: 'Accepted, without effect.', example: 'shell: bash' }),
    field('ports', { kind: 'any' }, IDLE, {
      text: 'Accepted, without effect: steps reach a service by its name.',
      example: 'ports: [5432]',
    }),
    field('build', { kind: 'any' }, IDLE, {
      text: 'Accepted, without effect.',
      example: 'build: octo/hello',
    }),
    field('push', { kind: 'any' }, IDLE, { text: 'Accepted, without effect.', example: 'push: octo/hello' }),
  ],
};

function field(
  key: string,
  value: ValueShape,
  use: Uses,
  rest: Pick<FieldDefinition, 'text' | 'example' | 'default'> & { readonly rule?: string },
): FieldDefinition {
  return { key, value, use, rule: '2.2', ...rest };
}
