import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dockerApi } from '../bench/docker-api.ts';
import { wait } from './member.ts';

/** The variable by which processes of steps are known; the value differs in each run. */
export const MARK = 'NEMESIS_MARK';

/** Processes that a step has started and that are still there, as `pid command`. */
export async function findProcesses(mark: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const found: string[] = [];
  for (const pid of pids) {
    const environment = await readText(`/proc/${pid}/environ`);
    if (!`\0${environment}`.includes(`\0${MARK}=${mark}\0`)) continue;
    found.push(`${pid} ${(await readText(`/proc/${pid}/cmdline`)).replaceAll('\0', ' ')}`);
  }
  return found;
}

/** Processes end while they are looked at. */
async function readText(path: string): Promise<string> {
  const [result] = await Promise.allSettled([readFile(path, 'latin1')]);
  return result.status === 'fulfilled' ? result.value : '';
}

/** Files below a folder that hold one of the texts. */
export async function findTexts(folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const content = await readText(path);
    if (texts.some((text) => content.includes(text))) found.push(path);
  }
  return found;
}

/** True when Docker answers. */
export async function hasDocker(): Promise<boolean> {
  const [result] = await Promise.allSettled([dockerApi().call('GET', '/info')]);
  return result.status === 'fulfilled';
}

interface Container {
  readonly Id: string;
  readonly Labels: Readonly<Record<string, string>>;
}

function filterOf(data: string): string {
  const label = [`io.sortie.owner=sortie:${join(data, 'runner')}`];
  return encodeURIComponent(JSON.stringify({ label }));
}

/** Kills one container of a runner; the number of its build, or `undefined` when none runs. */
export async function killContainer(data: string): Promise<number | undefined> {
  const api = dockerApi();
  const [first] = (await api.call(
    'GET',
    `/containers/json?filters=${filterOf(data)}`,
  )) as readonly Container[];
  if (first === undefined) return undefined;
  // It may have ended by itself.
  await Promise.allSettled([api.call('POST', `/containers/${first.Id}/kill`)]);
  return Number(first.Labels['io.drone.build.number']);
}

/** Containers, networks and volumes that belong to a runner. */
export async function findDockerThings(data: string): Promise<readonly string[]> {
  const api = dockerApi();
  const filters = filterOf(data);
  const containers = (await api.call(
    'GET',
    `/containers/json?all=1&filters=${filters}`,
  )) as readonly Container[];
  const networks = (await api.call('GET', `/networks?filters=${filters}`)) as readonly {
    readonly Name: string;
  }[];
  const { Volumes } = (await api.call('GET', `/volumes?filters=${filters}`)) as {
    readonly Volumes: readonly { readonly Name: string }[] | null;
  };
  return [
    ...containers.map(({ Id }) => `container ${Id.slice(0, 12)}`),
    ...networks.map(({ Name }) => `network ${Name}`),
    ...(Volumes ?? []).map(({ Name }) => `volume ${Name}`),
  ];
}

/** Runners sweep at their start and end stages in their own time; what is left after a while is left for good. */
export async function awaitNothing(
  what: string,
  find: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await find();
    if (found.length === 0 || Date.now() > end) return found.map((text) => `left behind: ${what} ${text}`);
    await wait(500);
  }
}
