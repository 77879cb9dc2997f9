import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { becomes } from './becomes.ts';
import { followOutput } from './follow-output.ts';

/** Set to `1` where the tests with Podman must run, so that a missing Podman is a failure. */
const REQUIRED = 'SORTIE_REQUIRE_PODMAN';
/** Files and processes of a container; below what Podman itself may be limited to. */
const ENOUGH = 8192;
const HELPERS = ['/usr/lib/podman', '/usr/libexec/podman'];

/** Reason to skip tests with Podman; false when they can run, or must. */
export function podmanMissing(): string | false {
  if (process.env[REQUIRED] === '1') return false;
  const folders = (process.env.PATH ?? '').split(':');
  const hasPodman = folders.some((folder) => existsSync(join(folder, 'podman')));
  const has = (helper: string): boolean => HELPERS.some((folder) => existsSync(join(folder, helper)));
  const isThere = hasPodman && has('netavark') && has('aardvark-dns') && process.getuid?.() === 0;
  if (isThere) return false;
  return `Podman is missing, or root: install podman, netavark and aardvark-dns, or set ${REQUIRED}=1 to fail`;
}

/** A Podman of its own, with nothing in it but the test image. */
export interface PodmanService {
  /** For `DOCKER_HOST`. */
  readonly host: string;
  /** The output of a command of the `podman` program, in lines. */
  ask(...args: readonly string[]): Promise<readonly string[]>;
  /** Removes everything in it and ends it. */
  dispose(): Promise<void>;
}

/**
 * Starts `podman system service`; storage, networks and settings are below a folder of its own. With the Podman of this
 * machine it shares the names of bridges and the name server, nothing else. `image` is copied from Docker.
 */
export async function startPodmanService(image: string): Promise<PodmanService> {
  // The path of a socket may have 107 bytes.
  const folder = await mkdtemp(join(tmpdir(), 'sortie-podman-'));
  const env = await writeSettings(folder);
  const ask = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await promisify(execFile)('podman', [...args], { env });
    return stdout.split('\n').filter((line) => line !== '');
  };
  const socket = join(folder, 'podman.sock');
  const child = spawn('podman', ['system', 'service', '--time=0', `unix://${socket}`], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { output, closed } = followOutput(child, 'podman');
  await becomes(() => existsSync(socket) || child.exitCode !== null, true, output);
  if (!existsSync(socket)) throw new Error(`podman system service does not start: ${output()}`);
  const archive = execFileSync('docker', ['save', image], { maxBuffer: 64 * 1024 * 1024 });
  execFileSync('podman', ['load', '--quiet'], { env, input: archive });
  // What Docker means by a short name, and Podman does not.
  await ask('tag', `localhost/${image}`, `docker.io/library/${image}`);
  return {
    host: `unix://${socket}`,
    ask,
    async dispose() {
      await ask('rm', '--all', '--force', '--time', '0');
      child.kill('SIGTERM');
      await closed;
      await unmountBelow(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Containers that could not start leave mounts behind. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`))) {
    await promisify(execFile)('umount', [mount]);
  }
}

/** Settings that need no systemd, no file system for layers and no right to raise limits. */
async function writeSettings(folder: string): Promise<NodeJS.ProcessEnv> {
  const at = (name: string): string => join(folder, name);
  await mkdir(at('networks'));
  const limits = await hardLimits();
  await writeFile(
    at('containers.conf'),
    `[containers]
default_ulimits = [${limits.map((limit) => `"${limit}"`).join(', ')}]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
${hasRunc() ? 'runtime = "runc"' : ''}
tmp_dir = "${at('tmp')}"
[network]
network_backend = "netavark"
network_config_dir = "${at('networks')}"
`,
  );
  const storage = { driver: 'vfs', graphroot: at('root'), runroot: at('run') };
  const lines = Object.entries(storage).map(([name, value]) => `${name} = "${value}"\n`);
  await writeFile(at('storage.conf'), `[storage]\n${lines.join('')}`);
  return {
    PATH: process.env.PATH,
    HOME: folder,
    CONTAINERS_CONF: at('containers.conf'),
    CONTAINERS_STORAGE_CONF: at('storage.conf'),
  };
}

/** The other one, which Podman prefers, does not know control groups of both versions side by side. */
function hasRunc(): boolean {
  return ['/usr/bin/runc', '/usr/sbin/runc', '/usr/local/bin/runc'].some((file) => existsSync(file));
}

/** Podman would raise the limits of containers above those of this process, which not every root may. */
async function hardLimits(): Promise<readonly string[]> {
  const limits = await readFile('/proc/self/limits', 'utf8');
  return [
    ['nofile', /^Max open files\s+\S+\s+(\d+)/m] as const,
    ['nproc', /^Max processes\s+\S+\s+(\d+)/m] as const,
  ].flatMap(([name, pattern]) => {
    const [, hard] = pattern.exec(limits) ?? [];
    if (hard === undefined) return [];
    const limit = Math.min(Number(hard), ENOUGH);
    // Soft and hard alike: the service of Podman 4.3 takes one for the other.
    return [`${name}=${limit}:${limit}`];
  });
}
