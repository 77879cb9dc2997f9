import type { Platform } from '@sortie/core/plan';
import { type Field, openMap, report } from './field.ts';
import { PLATFORM_KEYS } from './keys.ts';
import { LANGUAGE_TYPES } from './language/definition.ts';
import { nearest } from './nearest.ts';
import { shorten } from './short-text.ts';
import { readText } from './values.ts';

const DOCKER_OS = ['linux', 'windows'];
const DOCKER_ARCH = ['amd64', 'arm64', 'arm', 'ppc64le', 's390x'];
/** What Go calls the machines that it can be built for; a runner without containers may be any of them. */
const MACHINE_OS = [
  ...['linux', 'windows', 'darwin', 'freebsd', 'netbsd', 'openbsd'],
  ...['dragonfly', 'solaris', 'illumos', 'aix', 'android', 'plan9'],
];
const MACHINE_ARCH = [
  ...['amd64', 'arm64', 'arm', '386', 'ppc64le', 's390x', 'riscv64'],
  ...['ppc64', 'loong64', 'mips', 'mipsle', 'mips64', 'mips64le'],
];

/** The `platform` of a pipeline of that type; linux on amd64 where it says nothing. */
export function readPlatform(field: Field | undefined, type: string): Platform {
  const map = field === undefined ? undefined : openMap(field, PLATFORM_KEYS);
  const os = readWord(map?.get('os'), type, DOCKER_OS, MACHINE_OS);
  const arch = readWord(map?.get('arch'), type, DOCKER_ARCH, MACHINE_ARCH);
  return {
    os: os || 'linux',
    arch: arch || 'amd64',
    variant: readText(map?.get('variant')),
    version: readText(map?.get('version')),
  };
}

function readWord(
  field: Field | undefined,
  type: string,
  dockerWords: readonly string[],
  machineWords: readonly string[],
): string {
  const text = readText(field);
  if (field === undefined || text === '') return text;
  const quoted = JSON.stringify(shorten(text, 40));
  if (type === 'docker' && !dockerWords.includes(text)) {
    const message = `No docker runner has the platform ${quoted}.`;
    report(field, 'error', 'unknown-platform', message, `Write one of ${dockerWords.join(', ')}.`);
  } else if (isOtherKnownType(type) && !machineWords.includes(text) && !text.includes('${')) {
    const guess = nearest(text, machineWords);
    const hint =
      guess === undefined ? `Write one of ${machineWords.join(', ')}.` : `Did you mean "${guess}"?`;
    report(field, 'warning', 'unknown-platform', `No machine has the platform ${quoted}.`, hint);
  }
  return text;
}

function isOtherKnownType(type: string): boolean {
  return type !== 'docker' && LANGUAGE_TYPES.some((known) => known === type);
}
