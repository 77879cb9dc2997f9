import type { VolumeConfig } from './config.ts';
import type { Field, MapFields } from './field.ts';
import { openList, openMap } from './field.ts';
import { HOST_KEYS, TEMP_KEYS, VOLUME_KEYS } from './keys.ts';
import { isNull } from './tree.ts';
import { readSize, readText } from './values.ts';

/** The volumes of a pipeline. With several kinds in one volume the first of temp and host counts. */
export function readVolumes(field: Field | undefined): readonly VolumeConfig[] {
  if (field === undefined) return [];
  const volumes: VolumeConfig[] = [];
  for (const item of openList(field, 'a list of volumes', false) ?? []) {
    const map = openMap(item, VOLUME_KEYS);
    if (map === undefined) continue;
    const { line, column } = item.node;
    volumes.push({ name: readText(map.get('name')), ...readKind(map), line, column, path: item.path });
  }
  return volumes;
}

function readKind(map: MapFields): Pick<VolumeConfig, 'kind' | 'hostPath' | 'sizeBytes'> {
  const none = { kind: 'none', hostPath: '', sizeBytes: 0 } as const;
  const temp = map.get('temp');
  // Drone skips `temp:` without a value, which nobody means; in compatibility mode it stays that way.
  if (temp !== undefined && !(temp.scope.compatibility && isNull(temp.node))) {
    const inside = openMap(temp, TEMP_KEYS);
    const isMemory = readText(inside?.get('medium')).toLowerCase() === 'memory';
    const sizeBytes = readSize(inside?.get('size_limit'));
    return { ...none, kind: isMemory ? 'tmpfs' : 'temp', sizeBytes };
  }
  const host = map.get('host');
  if (host === undefined || isNull(host.node)) return none;
  return { ...none, kind: 'host', hostPath: readText(openMap(host, HOST_KEYS)?.get('path')) };
}
