import { createHash } from 'node:crypto';
import type { Platform } from '@sortie/core/plan';
import { toLabelText } from '../store/stage-rows.ts';
import type { WireObject } from './read-wire.ts';

/** What a runner takes, with Drone's defaults filled in. */
export interface Filter {
  readonly kind: string;
  readonly type: string;
  readonly platform: Platform;
  readonly labels: Readonly<Record<string, string>>;
}

const MAX_WORD = 200;

/** A filter that is too long can match nothing, and would end up in the registry. */
export function readFilter(wire: WireObject): Filter {
  const word = (key: string) => wire.text(key).slice(0, MAX_WORD);
  return {
    kind: word('kind') || 'pipeline',
    type: word('type') || 'docker',
    platform: {
      os: word('os'),
      arch: word('arch'),
      variant: word('variant'),
      version: word('kernel'),
    },
    labels: wire.stringMap('labels'),
  };
}

/** What runners with the same key and the same filter have in common: nothing tells them apart before they accept. */
export function pollerOf(key: string, filter: Filter): string {
  const { kind, type, platform, labels } = filter;
  const parts = [key, kind, type, platform.os, platform.arch, platform.variant, platform.version];
  return createHash('sha256')
    .update(JSON.stringify([...parts, toLabelText(labels)]))
    .digest('hex');
}

/** For the registry, until the runner has said its name. */
export function provisionalName(caller: { readonly name: string; readonly address: string }, filter: Filter) {
  const { os, arch } = filter.platform;
  const platform = os === '' && arch === '' ? '' : ` ${os}/${arch}`;
  const labels = Object.entries(filter.labels).map(([key, value]) => ` ${key}=${value}`);
  const who = caller.name === '' ? caller.address : caller.name;
  return `${who} (${filter.type}${platform}${labels.join('')})`.slice(0, MAX_WORD);
}
