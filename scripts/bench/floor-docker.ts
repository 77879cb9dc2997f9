import { randomBytes } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { type DockerApi, dockerApi } from './docker-api.ts';
import { nowMs } from './scenario.ts';

export interface FloorContainer {
  readonly image: string;
  readonly command: readonly string[];
  /** Name or id of a network; `undefined` for Docker's default. */
  readonly network?: string;
}

/**
 * Milliseconds from the first request to the first byte that one container prints, on a network that exists: the
 * least that a step can take. The container is removed outside the measured time.
 */
export async function firstOutputMs(
  container: FloorContainer,
  api: DockerApi = dockerApi(),
): Promise<number> {
  const started = nowMs();
  const id = await create(api, container);
  const attached = await api.open('POST', `/containers/${id}/attach?stream=1&stdout=1&stderr=1&logs=1`);
  const output = new Promise<number>((resolve, reject) => {
    attached.once('data', () => resolve(nowMs() - started));
    attached.once('end', () => reject(new Error('the container printed nothing')));
    attached.once('error', reject);
  });
  try {
    await api.call('POST', `/containers/${id}/start`);
    return await output;
  } finally {
    attached.destroy();
    await remove(api, id);
  }
}

/**
 * Milliseconds for `count` containers one after the other on a user network of their own: create, start, await the
 * end of each. Network and containers are made and removed by this function; `withCleanup` counts that time too.
 */
export async function sequenceMs(
  container: FloorContainer,
  count: number,
  options: { readonly withCleanup?: boolean; readonly withNetwork?: boolean } = {},
  api: DockerApi = dockerApi(),
): Promise<number> {
  const begun = nowMs();
  const network = await createNetwork(api);
  const started = options.withNetwork ? begun : nowMs();
  const ids: string[] = [];
  try {
    for (let turn = 0; turn < count; turn += 1) {
      const id = await create(api, { ...container, network });
      ids.push(id);
      await runToEnd(api, id);
    }
    if (!options.withCleanup) return nowMs() - started;
  } finally {
    await Promise.all(ids.map((id) => remove(api, id)));
    await api.call('DELETE', `/networks/${network}`);
  }
  return nowMs() - started;
}

/** Makes a bridge network with a random name and returns its name. */
export async function createNetwork(api: DockerApi = dockerApi()): Promise<string> {
  const name = `sortie-bench-${randomBytes(6).toString('hex')}`;
  await api.call('POST', '/networks/create', { Name: name, Driver: 'bridge' });
  return name;
}

export async function removeNetwork(name: string, api: DockerApi = dockerApi()): Promise<void> {
  await api.call('DELETE', `/networks/${name}`);
}

async function create(api: DockerApi, container: FloorContainer): Promise<string> {
  const answer = await api.call('POST', '/containers/create', {
    Image: container.image,
    Cmd: container.command,
    AttachStdout: true,
    AttachStderr: true,
    HostConfig: container.network === undefined ? {} : { NetworkMode: container.network },
  });
  return (answer as { readonly Id: string }).Id;
}

/** The daemon knows of the wait before the start: an empty container has ended before a later question arrives. */
async function runToEnd(api: DockerApi, id: string): Promise<void> {
  const ended = await api.open('POST', `/containers/${id}/wait?condition=next-exit`);
  await api.call('POST', `/containers/${id}/start`);
  const code = ((await json(ended)) as { readonly StatusCode: number }).StatusCode;
  if (code !== 0) throw new Error(`the container ended with ${code}`);
}

async function remove(api: DockerApi, id: string): Promise<void> {
  await api.call('DELETE', `/containers/${id}?force=1&v=1`);
}
