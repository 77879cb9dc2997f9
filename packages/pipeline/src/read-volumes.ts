import type { MountConfig, VolumeConfig } from './config.ts';
import type { Field, MapFields } from './field.ts';
import { openList, openMap } from './field.ts';
import { CLAIM_KEYS, CONFIG_MAP_KEYS, HOST_KEYS, MOUNT_KEYS, TEMP_KEYS, VOLUME_KEYS } from './keys.ts';
import type { LanguageType } from './language/definition.ts';
import { isNull } from './tree.ts';
import { readCount, readFlag, readSize, readText } from './values.ts';

/** Mode of the files of a config map or secret without `default_mode`; Drone has 0, which nobody can read. */
const DEFAULT_MODE = 0o644;

/**
 * The volumes of a pipeline. With several kinds in one volume the first of temp, host, claim, config_map and secret
 * counts (pipeline.md 2.4).
 */
export function readVolumes(field: Field | undefined, type: LanguageType): readonly VolumeConfig[] {
  if (field === undefined) return [];
  const volumes: VolumeConfig[] = [];
  for (const item of openList(field, 'a list of volumes', false) ?? []) {
    const map = openMap(item, VOLUME_KEYS[type]);
    if (map === undefined) continue;
    const { line, column } = item.node;
    const { placeOf } = map;
    const name = readText(map.get('name'));
    volumes.push({ ...NO_VOLUME, name, ...readKind(map, type), line, column, placeOf, path: item.path });
  }
  return volumes;
}

/** Where a step sees volumes: its `volumes` or `devices`. */
export function readMounts(field: Field | undefined, type: LanguageType): readonly MountConfig[] {
  if (field === undefined) return [];
  const mounts: MountConfig[] = [];
  for (const item of openList(field, 'a list of maps with "name" and "path"', false) ?? []) {
    const map = openMap(item, MOUNT_KEYS[type]);
    if (map === undefined) continue;
    const { line, column } = item.node;
    const { placeOf } = map;
    const volume = readText(map.get('name'));
    const target = readText(map.get('path'));
    const subPath = type === 'kubernetes' ? readText(map.get('sub_path')) : '';
    mounts.push({ volume, target, subPath, line, column, placeOf, path: item.path });
  }
  return mounts;
}

type Kind = Omit<VolumeConfig, 'name' | 'line' | 'column' | 'placeOf' | 'path'>;

const NO_VOLUME: Kind = {
  kind: 'none',
  hostPath: '',
  sizeBytes: 0,
  source: '',
  readOnly: false,
  defaultMode: DEFAULT_MODE,
  isOptional: false,
};

function readKind(map: MapFields, type: LanguageType): Kind {
  const temp = map.get('temp');
  // Drone skips `temp:` without a value, which nobody means; in compatibility mode it stays that way.
  if (temp !== undefined && !(temp.scope.compatibility && isNull(temp.node))) {
    const inside = openMap(temp, TEMP_KEYS);
    const isMemory = readText(inside?.get('medium')).toLowerCase() === 'memory';
    const sizeBytes = readSize(inside?.get('size_limit'));
    return { ...NO_VOLUME, kind: isMemory ? 'tmpfs' : 'temp', sizeBytes };
  }
  const host = map.get('host');
  if (host !== undefined && !isNull(host.node)) {
    return { ...NO_VOLUME, kind: 'host', hostPath: readText(openMap(host, HOST_KEYS)?.get('path')) };
  }
  return type === 'kubernetes' ? readClusterKind(map) : NO_VOLUME;
}

function readClusterKind(map: MapFields): Kind {
  const claim = map.get('claim');
  if (claim !== undefined && !isNull(claim.node)) {
    const inside = openMap(claim, CLAIM_KEYS);
    const source = readText(inside?.get('name'));
    return { ...NO_VOLUME, kind: 'claim', source, readOnly: readFlag(inside?.get('read_only')) };
  }
  for (const [key, kind] of [
    ['config_map', 'config-map'],
    ['secret', 'secret'],
  ] as const) {
    const field = map.get(key);
    if (field === undefined || isNull(field.node)) continue;
    const inside = openMap(field, CONFIG_MAP_KEYS);
    const source = readText(inside?.get('name'));
    const isOptional = readFlag(inside?.get('optional'));
    return { ...NO_VOLUME, kind, source, isOptional, defaultMode: readMode(inside?.get('default_mode')) };
  }
  return NO_VOLUME;
}

function readMode(field: Field | undefined): number {
  return field === undefined || isNull(field.node) ? DEFAULT_MODE : readCount(field);
}
