import type { PipelineDocument, StepConfig } from './config.ts';
import type { FindingLog } from './finding-log.ts';
import type { Path, Place } from './tree.ts';

/** What only trusted repositories may use (pipeline.md 4.5, 10.3). To be called for untrusted ones. */
export function lintTrust(pipeline: PipelineDocument, log: FindingLog): void {
  if (pipeline.type !== 'docker') return;
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
    for (const key of usedPrivileges(step)) refuse(`The key "${key}"`, step, [...step.path, key]);
  }
  for (const volume of pipeline.volumes) {
    if (volume.kind === 'host') refuse('A volume of the host', volume, [...volume.path, 'host']);
    if (volume.kind === 'tmpfs') refuse('A volume in memory', volume, [...volume.path, 'temp', 'medium']);
  }
}

function usedPrivileges(step: StepConfig): readonly string[] {
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
