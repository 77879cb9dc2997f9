import type { PipelineDocument, StepConfig, VolumeConfig } from './config.ts';
import type { FindingLog } from './finding-log.ts';
import type { Path, Place } from './tree.ts';

/** What only trusted repositories may use (pipeline.md 4.5, 10.3). To be called for untrusted ones. */
export function lintTrust(pipeline: PipelineDocument, log: FindingLog): void {
  if (pipeline.type !== 'docker' && pipeline.type !== 'kubernetes') return;
  const refuse = (what: string, at: Place, path: Path) =>
    log.add(pipeline.document, {
      severity: 'error',
      code: 'untrusted',
      message: `${what} is only for trusted repositories.`,
      hint: 'Ask an administrator to mark the repository as trusted, or do without.',
      at,
      path,
    });
  for (const step of [...pipeline.services, ...pipeline.steps]) {
    for (const key of usedPrivileges(step, pipeline.type))
      refuse(`The key "${key}"`, step.placeOf(key), [...step.path, key]);
  }
  for (const volume of pipeline.volumes) {
    const refusal = VOLUMES[volume.kind];
    if (refusal !== undefined)
      refuse(refusal.what, volume.placeOf(refusal.key), [...volume.path, refusal.key]);
  }
}

const VOLUMES: Readonly<
  Partial<Record<VolumeConfig['kind'], { readonly what: string; readonly key: string }>>
> = {
  host: { what: 'A volume of the host', key: 'host' },
  tmpfs: { what: 'A volume in memory', key: 'temp' },
  claim: { what: 'A volume claim', key: 'claim' },
  'config-map': { what: 'A config map', key: 'config_map' },
  secret: { what: 'A secret of the cluster', key: 'secret' },
};

/** A pod has no place for most of these keys. */
function usedPrivileges(step: StepConfig, type: string): readonly string[] {
  if (type === 'kubernetes') return step.privileged ? ['privileged'] : [];
  const uses = {
    privileged: step.privileged,
    devices: step.devices.length > 0,
    dns: step.dns.length > 0,
    dns_search: step.dnsSearch.length > 0,
    extra_hosts: step.extraHosts.length > 0,
    network_mode: step.networkMode !== '',
    shm_size: step.shmSizeBytes > 0,
  };
  return Object.entries(uses).flatMap(([key, isUsed]) => (isUsed ? [key] : []));
}
