import type { OutMap, OutValue } from '../out-yaml.ts';
import { resolveScalar } from '../scalar.ts';
import { isNull, type TreeNode } from '../tree.ts';
import { readEnvironment, readSecrets } from './legacy-environment.ts';
import type { LegacyField } from './legacy-scope.ts';
import { fieldsOf, refuse, textOf, textsOf, warn } from './legacy-scope.ts';
import { type LegacyWhen, NO_CONDITIONS, readWhen } from './legacy-when.ts';

/** A step in the present format, and what else its conversion has shown. */
export interface LegacyStep {
  readonly out: OutMap;
  readonly when: LegacyWhen;
  /** Host paths that the step mounts; empty texts for mounts without one. */
  readonly hostPaths: readonly string[];
}

/** Words of 0.8 that get lost without a trace (pipeline.md 13). */
const DROPPED: Readonly<Record<string, string>> = {
  allow_failure: 'Write "failure: ignore".',
  tmpfs: 'Declare a volume with "temp: {medium: memory}" and mount it.',
  devices: 'Declare a host volume whose path starts with /dev/ and name it under "devices".',
  shell: 'Write the shell into the commands.',
};

/** Words of 0.8 that 1.x no longer knows and takes for arguments of a plugin. */
const MOVED: Readonly<Record<string, string>> = {
  group: 'Steps of one group run one after the other now; use "depends_on" to run them at once.',
  network_mode: 'Write "network_mode" into a pipeline of the present format.',
  mem_limit: 'Write "mem_limit" into a pipeline of the present format.',
  user: 'Write "user" into a pipeline of the present format.',
};

const TEXT_LISTS = ['commands', 'command', 'entrypoint', 'dns', 'dns_search', 'extra_hosts'];
const FLAGS = ['detach', 'privileged'];

/** One entry of `pipeline`, `services` or `clone`. */
export function readLegacyStep(name: string, field: LegacyField): LegacyStep {
  const fields = new Map(fieldsOf(field));
  const out = new Map<string, OutValue>();
  const given = fields.get('name');
  out.set('name', given === undefined ? name : textOf(given) || name);
  out.set('pull', readPull(fields.get('pull')));
  const image = fields.get('image');
  if (image !== undefined) setText(out, 'image', textOf(image));
  for (const key of TEXT_LISTS) setList(out, key, fields.get(key));
  setSettings(out, fields);
  const environment = new Map([
    ...readEnvironment(fields.get('environment')),
    ...readSecrets(fields.get('secrets')),
  ]);
  if (environment.size > 0) out.set('environment', environment);
  for (const key of FLAGS) if (isOn(fields.get(key)?.node)) out.set(key, 'true');
  const hostPaths = setVolumes(out, fields.get('volumes'));
  const whenField = fields.get('when');
  const when = whenField === undefined ? NO_CONDITIONS : readWhen(whenField);
  if (when.conditions.size > 0) out.set('when', when.conditions);
  return { out, when, hostPaths };
}

const KNOWN: ReadonlySet<string> = new Set([
  ...['name', 'image', 'pull', 'environment', 'secrets', 'volumes', 'when'],
  ...TEXT_LISTS,
  ...FLAGS,
]);

function setSettings(out: Map<string, OutValue>, fields: ReadonlyMap<string, LegacyField>): void {
  const settings = new Map<string, OutValue>();
  for (const [key, field] of fields) {
    if (KNOWN.has(key)) continue;
    const dropped = Object.hasOwn(DROPPED, key) ? DROPPED[key] : undefined;
    if (dropped !== undefined) {
      warn(field, { code: 'legacy-dropped', message: `${JSON.stringify(key)} is dropped.`, hint: dropped });
      continue;
    }
    const moved = Object.hasOwn(MOVED, key) ? MOVED[key] : undefined;
    if (moved !== undefined) {
      const message = `${JSON.stringify(key)} has become an argument of the plugin.`;
      warn(field, { code: 'legacy-setting', message, hint: moved });
    }
    if (isNull(field.node)) continue;
    settings.set(key, toOut(field, field.node));
  }
  if (settings.size > 0) out.set('settings', settings);
}

/** A setting, with the remark that a text becomes a number where the quotes made the difference. */
function toOut(field: LegacyField, node: TreeNode): OutValue {
  if (node.kind === 'list') return node.items.map((item) => toOut(field, item));
  if (node.kind === 'map') {
    const inner = fieldsOf({ ...field, node });
    return new Map(inner.map(([key, value]) => [key, toOut(value, value.node)]));
  }
  if (isNull(node)) return null;
  if (node.value.type === 'string') warnLostQuotes(field, node);
  return node.text;
}

function warnLostQuotes(field: LegacyField, node: Extract<TreeNode, { kind: 'scalar' }>): void {
  const bare = resolveScalar(node.text, true, undefined);
  if (bare.type === 'string' || (bare.type === 'int' && String(bare.value) === node.text) || node.text === '')
    return;
  if (bare.type === 'bool' && String(bare.value) === node.text) return;
  if (bare.type === 'float' && String(bare.value) === node.text) return;
  warn(
    { ...field, node },
    {
      code: 'legacy-quotes-lost',
      message: `The conversion drops the quotes, so ${JSON.stringify(node.text)} is no longer a text.`,
      hint: 'Write the file in the present format, where quotes count.',
    },
  );
}

function readPull(field: LegacyField | undefined): string {
  const node = field?.node;
  if (node?.kind === 'scalar' && ['always', 'never', 'if-not-exists'].includes(node.text)) return node.text;
  return isOn(node) ? 'always' : 'if-not-exists';
}

function isOn(node: TreeNode | undefined): boolean {
  return node?.kind === 'scalar' && node.value.type === 'bool' && node.value.value;
}

function setText(out: Map<string, OutValue>, key: string, text: string): void {
  if (text !== '') out.set(key, text);
}

function setList(out: Map<string, OutValue>, key: string, field: LegacyField | undefined): void {
  const texts = field === undefined ? [] : textsOf(field);
  if (texts.length > 0) out.set(key, texts);
}

function setVolumes(out: Map<string, OutValue>, field: LegacyField | undefined): readonly string[] {
  if (field === undefined) return [];
  const hostPaths: string[] = [];
  const mounts: OutValue[] = [];
  for (const text of textsOf(field)) {
    const [source = '', target = ''] = text.split(':');
    if (target === '') {
      refuse(field, {
        code: 'legacy-volume',
        message: `The volume ${JSON.stringify(text)} names no path inside the step.`,
        hint: `Declare "volumes: [{name: data, temp: {}}]" in the pipeline and mount {name: data, path: ${text}}.`,
      });
      hostPaths.push('');
      continue;
    }
    hostPaths.push(source);
    mounts.push(
      new Map([
        ['name', volumeName(source)],
        ['path', target],
      ]),
    );
  }
  if (hostPaths.length > 0) out.set('volumes', mounts.length > 0 ? mounts : null);
  return hostPaths;
}

/** The path in hexadecimal: a name that is unique and allowed. */
export function volumeName(hostPath: string): string {
  return [...new TextEncoder().encode(hostPath)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
