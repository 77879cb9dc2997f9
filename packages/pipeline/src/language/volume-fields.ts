import type { FieldDefinition, RecordDefinition, Uses, ValueShape } from './definition.ts';
import { EVERYWHERE, KUBERNETES } from './definition.ts';

/** Volumes, mounts and resources (pipeline.md 2.2, 2.4). */

const DOCKER_DOCUMENT = 'kind: pipeline\nsteps:\n- name: build\n  image: golang:1.26\n';
const KUBERNETES_ONLY: Uses = {
  docker: 'no-effect',
  exec: 'no-effect',
  kubernetes: 'used',
  ssh: 'no-effect',
};

export const VOLUME: RecordDefinition = {
  name: 'volume',
  title: 'Volume',
  text: 'A directory that steps share: its name and one kind.',
  frame: `${DOCKER_DOCUMENT}volumes:\n- %\n  name: cache\n`,
  required: ['name'],
  fields: [
    field('name', { kind: 'text' }, EVERYWHERE, {
      text: 'The name that steps mount it by. `workspace`, `_workspace` and `_docker_socket` are taken.',
      example: 'name: cache',
    }),
    field('temp', { kind: 'record', record: 'temp' }, EVERYWHERE, {
      text: 'An empty directory that lives as long as the stage.',
      example: 'temp: {}',
    }),
    field('host', { kind: 'record', record: 'host' }, EVERYWHERE, {
      text: 'A directory or file of the machine. Trusted repositories only.',
      example: 'host:\n  path: /var/lib/cache',
    }),
    field('claim', { kind: 'record', record: 'claim' }, KUBERNETES_ONLY, {
      text: 'A persistent volume claim of Kubernetes. Trusted repositories only.',
      example: 'claim:\n  name: cache-claim',
    }),
    field('config_map', { kind: 'record', record: 'config_map' }, KUBERNETES_ONLY, {
      text: 'A config map of Kubernetes. Trusted repositories only.',
      example: 'config_map:\n  name: settings',
    }),
    field('secret', { kind: 'record', record: 'config_map' }, KUBERNETES_ONLY, {
      text: 'A secret of Kubernetes. Trusted repositories only.',
      example: 'secret:\n  name: credentials',
    }),
  ],
};

export const TEMP: RecordDefinition = {
  name: 'temp',
  title: 'Temporary volume',
  text: 'A directory that is empty at first and removed after the stage.',
  frame: `${DOCKER_DOCUMENT}volumes:\n- name: cache\n  temp:\n    %\n`,
  fields: [
    field('medium', { kind: 'text', words: ['memory'] }, EVERYWHERE, {
      default: 'disk',
      text: '`memory` keeps it in memory: each step then has its own. Trusted repositories only.',
      example: 'medium: memory',
    }),
    field('size_limit', { kind: 'size' }, EVERYWHERE, {
      default: 'no limit',
      text: 'The most it may hold, for `medium: memory`.',
      example: 'size_limit: 64m',
    }),
  ],
};

export const HOST: RecordDefinition = {
  name: 'host',
  title: 'Volume of the machine',
  text: 'A directory or file of the machine that runs the step. A path below `/dev/` is a device.',
  frame: `${DOCKER_DOCUMENT}volumes:\n- name: cache\n  host:\n    %\n`,
  fields: [
    field('path', { kind: 'text' }, EVERYWHERE, {
      text: 'Absolute path on the machine.',
      example: 'path: /var/lib/cache',
    }),
  ],
};

export const CLAIM: RecordDefinition = {
  name: 'claim',
  title: 'Persistent volume claim',
  text: 'A claim in the namespace of the pod.',
  frame: kubernetesVolume('claim'),
  fields: [
    field('name', { kind: 'text' }, KUBERNETES, { text: 'Name of the claim.', example: 'name: cache-claim' }),
    field('read_only', { kind: 'flag' }, KUBERNETES, {
      default: 'false',
      text: 'Steps may not write to it.',
      example: 'read_only: true',
    }),
  ],
};

export const CONFIG_MAP: RecordDefinition = {
  name: 'config_map',
  title: 'Config map or secret of Kubernetes',
  text: 'A config map (`config_map`) or secret (`secret`) in the namespace of the pod, seen as files.',
  frame: kubernetesVolume('config_map'),
  fields: [
    field('name', { kind: 'text' }, KUBERNETES, { text: 'Name of the object.', example: 'name: settings' }),
    field('default_mode', { kind: 'count' }, KUBERNETES, {
      default: '0644',
      text: 'Permissions of the files.',
      example: 'default_mode: 0444',
    }),
    field('optional', { kind: 'flag' }, KUBERNETES, {
      default: 'false',
      text: 'The pod starts without the object too.',
      example: 'optional: true',
    }),
  ],
};

export const MOUNT: RecordDefinition = {
  name: 'mount',
  title: 'Mount',
  text: 'A volume of the pipeline as one step sees it.',
  frame:
    'kind: pipeline\nsteps:\n- name: build\n  image: golang:1.26\n  volumes:\n  - %\n    name: cache\n    path: /cache\nvolumes:\n- name: cache\n  temp: {}\n',
  required: ['name', 'path'],
  fields: [
    field('name', { kind: 'text' }, EVERYWHERE, { text: 'Name of the volume.', example: 'name: cache' }),
    field('path', { kind: 'text' }, EVERYWHERE, {
      text: 'Absolute path inside the container. Nothing can be mounted at or below `/run/drone`.',
      example: 'path: /cache',
    }),
    field('sub_path', { kind: 'text' }, KUBERNETES_ONLY, {
      text: 'A directory inside the volume instead of its top.',
      example: 'sub_path: go',
    }),
  ],
};

export const RESOURCES: RecordDefinition = {
  name: 'resources',
  title: 'Resources',
  text: 'Processor and memory of a Kubernetes pod or container. Pipelines have requests, steps have limits.',
  frame:
    'kind: pipeline\ntype: kubernetes\nsteps:\n- name: build\n  image: golang:1.26\n  resources:\n    %\n',
  fields: [
    field('requests', { kind: 'record', record: 'quantities' }, KUBERNETES, {
      default: 'cpu 100, memory 100MiB',
      text: 'What is set aside.',
      example: 'requests:\n  cpu: 1000',
      rule: '7.12',
    }),
    field('limits', { kind: 'record', record: 'quantities' }, KUBERNETES, {
      default: "the runner's",
      text: 'What cannot be exceeded.',
      example: 'limits:\n  memory: 512MiB',
      rule: '7.12',
    }),
  ],
};

export const QUANTITIES: RecordDefinition = {
  name: 'quantities',
  title: 'Quantities',
  text: 'Amounts of processor and memory.',
  frame:
    'kind: pipeline\ntype: kubernetes\nsteps:\n- name: build\n  image: golang:1.26\n  resources:\n    limits:\n      %\n',
  fields: [
    field('cpu', { kind: 'quantity' }, KUBERNETES, {
      text: 'Thousandths of a processor, or a quantity of Kubernetes such as `500m`.',
      example: 'cpu: 500m',
    }),
    field('memory', { kind: 'size' }, KUBERNETES, {
      text: 'Bytes, or a number with a unit.',
      example: 'memory: 512MiB',
    }),
  ],
};

function kubernetesVolume(kind: string): string {
  return `kind: pipeline\ntype: kubernetes\nsteps:\n- name: build\n  image: golang:1.26\nvolumes:\n- name: cache\n  ${kind}:\n    %\n    name: cache\n`;
}

function field(
  key: string,
  value: ValueShape,
  use: Uses,
  rest: Pick<FieldDefinition, 'text' | 'example' | 'default'> & { readonly rule?: string },
): FieldDefinition {
  return { key, value, use, rule: '2.4', ...rest };
}
