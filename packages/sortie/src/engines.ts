import { readFileSync } from 'node:fs';
import { arch, platform, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { Platform } from '@sortie/core/plan';
import type { DockerAddress } from '@sortie/engine/docker/client';
import { DockerEngine, type DockerOptions } from '@sortie/engine/docker/engine';
import { parseBind } from '@sortie/engine/docker/mounts';
import type { Engine } from '@sortie/engine/engine';
import { ExecEngine } from '@sortie/engine/exec/engine';
import { readRegistryFile } from '@sortie/runner/registry-file';
import type { Config } from '@sortie/server/config-build';
import type { ContainerConfig } from '@sortie/server/config-runner';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The engines that the settings ask for, by type. Nothing is contacted yet. `caPath` names a file with the authorities
 * that clones trust (`writeAuthorities`); absent = those of the machine.
 */
export function openEngines(config: Config, caPath?: string): ReadonlyMap<string, Engine> {
  const path = process.env.PATH ?? DEFAULT_PATH;
  const { exec } = config.runner;
  const git = { path, caPath };
  // Two servers may share a machine; each sweeps up after itself alone.
  const owner = `sortie:${resolve(config.dataFolder)}`;
  const makers: Readonly<Record<string, () => Engine>> = {
    docker: () =>
      new DockerEngine({
        ...dockerAddress(config),
        ...containerOptions(config.runner.containers),
        owner,
        git,
        tempDirectory: resolve(config.dataFolder),
      }),
    exec: () =>
      new ExecEngine({
        base: exec.root === '' ? join(resolve(config.dataFolder), 'exec') : resolve(exec.root),
        owner,
        path: exec.path === '' ? path : exec.path,
        symlinks: exec.symlinks,
        user: userInfo().username,
        git,
      }),
  };
  const engines = new Map<string, Engine>();
  for (const type of config.runner.engines) {
    const make = makers[type];
    if (make !== undefined) engines.set(type, make());
  }
  return engines;
}

/** Throws `config-value` for a volume that is none, before any build meets it. */
function containerOptions(
  containers: ContainerConfig,
): Omit<DockerOptions, keyof DockerAddress | 'owner' | 'git' | 'tempDirectory'> {
  const { volumes, devices, limits, registryFile, ...rest } = containers;
  for (const volume of volumes) parseBind(volume);
  return {
    ...rest,
    defaults: { volumes, devices, limits },
    registries: async () => (registryFile === '' ? [] : await readRegistryFile(registryFile)),
  };
}

/** Where Docker is, as the `docker` program would find it. */
export function dockerAddress(config: Config): DockerAddress {
  const { host, apiVersion, certPath, verifiesTls } = config.runner.docker;
  const read = (name: string): string => readFileSync(join(certPath, name), 'utf8');
  const needsTls = verifiesTls && certPath !== '';
  return {
    host: host === '' ? undefined : host,
    apiVersion: apiVersion === '' ? undefined : apiVersion,
    tls: needsTls ? { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') } : undefined,
  };
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** What the runner says that it runs on: what the settings say, else this machine. */
export function runnerPlatform({ runner }: Config): Platform {
  const { os, arch, variant, kernel } = runner.platform;
  const host = hostPlatform();
  return { os: os || host.os, arch: arch || host.arch, variant, version: kernel };
}

/** This machine in the words of pipeline files. */
export function hostPlatform(): Platform {
  const os = platform() === 'win32' ? 'windows' : platform();
  return { os, arch: ARCHITECTURES[arch()] ?? arch(), variant: '', version: '' };
}
