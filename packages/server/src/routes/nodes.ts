import {
  createNode,
  deleteNode,
  getNode,
  listNodes,
  type NodeDraft,
  type NodePatch,
  toWireNode,
  updateNode,
} from '@sortie/contract/nodes';
import { AppError } from '@sortie/core/errors';
import type { NodeDetails } from '@sortie/core/runner';
import { RUNNER_SILENT_SECONDS } from '@sortie/core/runner-fit';
import type { Sealer } from '../seal/sealer.ts';
import type { Db } from '../store/db.ts';
import { countLeases } from '../store/open-stages.ts';
import {
  findRunner,
  insertRunner,
  listRunners,
  type RegisteredRunner,
  removeRunner,
  updateRunner,
} from '../store/runners.ts';
import { type Mount, notFound } from './mount.ts';

/** A runner with room asks for work again well before. */
const RUNNER_POLL_SECONDS = 90;

export interface NodeRouteDeps {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly queue: { wake(): void };
  /** Unix seconds. */
  readonly now: () => number;
}

export function mountNodeRoutes(mount: Mount, deps: NodeRouteDeps): void {
  const { db, now } = deps;
  const view = async (runner: RegisteredRunner) => toNode(runner, await countLeases(db), now());

  mount(listNodes, async () => {
    const leases = await countLeases(db);
    return (await listRunners(db)).map((runner) => toNode(runner, leases, now()));
  });

  mount(createNode, async ({ body }) => {
    requireName(body.name);
    const node = await insertRunner(db, toDraft(deps, body));
    if (node !== undefined) return view(node);
    throw new AppError('already-exists', `A node called ${JSON.stringify(body.name)} exists.`, {
      hint: 'Change that one, or take another name.',
    });
  });

  mount(getNode, async ({ params }) => view(await requireNode(db, params.node)));

  mount(updateNode, async ({ params, body }) => {
    const before = await requireNode(db, params.node);
    const node = await updateRunner(db, before.name, {
      capacity: body.capacity,
      labels: body.labels,
      isPaused: body.paused,
      isProtected: body.protected,
      details: changeDetails(deps.sealer, before, body),
    });
    if (node === undefined) throw notFound('node');
    if (before.isPaused && !node.isPaused) deps.queue.wake();
    return view(node);
  });

  mount(deleteNode, async ({ params }) => {
    if (await removeRunner(db, params.node)) return undefined;
    const { name } = await requireNode(db, params.node);
    throw new AppError('node-protected', `The node ${JSON.stringify(name)} is protected.`, {
      hint: 'Take its protection away first: PATCH it with "protected": false.',
    });
  });
}

async function requireNode(db: Db, name: string): Promise<RegisteredRunner> {
  const node = await findRunner(db, name);
  if (node === undefined) throw notFound('node');
  return node;
}

function requireName(name: string): void {
  if (name.trim() === name && name !== '' && !/\p{Cc}/u.test(name)) return;
  throw new AppError('name-invalid', `${JSON.stringify(name)} is not a usable name of a node.`, {
    hint: 'Use 1 to 200 characters, without control characters and without spaces at either end.',
  });
}

function toNode(runner: RegisteredRunner, leases: ReadonlyMap<string, number>, now: number) {
  return toWireNode({ ...runner, state: stateOf(runner, leases.get(runner.name) ?? 0, now) });
}

function stateOf(runner: RegisteredRunner, held: number, now: number): string {
  if (runner.lastContact === 0) return runner.details.state || 'lost';
  if (now - runner.lastContact > RUNNER_SILENT_SECONDS) return 'lost';
  if (held === 0) return 'idle';
  // It has room and is heard of, but takes no more work.
  const hasStopped = held < runner.capacity && now - runner.lastPoll > RUNNER_POLL_SECONDS;
  return runner.isPaused || hasStopped ? 'draining' : 'busy';
}

const NO_DETAILS: NodeDetails = {
  uid: '',
  provider: '',
  state: '',
  image: '',
  region: '',
  size: '',
  address: '',
  filters: [],
  error: '',
  caCert: '',
  tlsCert: '',
  tlsName: '',
  caKeySealed: '',
  tlsKeySealed: '',
};

function toDraft({ sealer, now }: NodeRouteDeps, body: NodeDraft) {
  const details = changeDetails(sealer, { name: body.name, details: NO_DETAILS }, body);
  return {
    name: body.name,
    types: [],
    platform: {
      os: body.os ?? '',
      arch: body.arch ?? '',
      variant: body.variant ?? '',
      version: body.kernel ?? '',
    },
    labels: body.labels ?? {},
    capacity: body.capacity ?? 0,
    version: '',
    isPaused: body.paused ?? false,
    isProtected: body.protected ?? false,
    details: { ...details, tlsName: body.tls_name ?? '' },
    created: now(),
  };
}

function changeDetails(
  sealer: Sealer,
  { name, details }: Pick<RegisteredRunner, 'name' | 'details'>,
  body: NodePatch,
): NodeDetails {
  const seal = (key: string) => (key === '' ? '' : sealer.seal(key, `runners.details:${name}`));
  return {
    ...details,
    uid: body.uid ?? details.uid,
    provider: body.provider ?? details.provider,
    state: body.state ?? details.state,
    image: body.image ?? details.image,
    region: body.region ?? details.region,
    size: body.size ?? details.size,
    address: body.address ?? details.address,
    filters: body.filters ?? details.filters,
    error: body.error ?? details.error,
    caCert: base64('ca_cert', body.ca_cert) ?? details.caCert,
    tlsCert: base64('tls_cert', body.tls_cert) ?? details.tlsCert,
    caKeySealed: body.ca_key === undefined ? details.caKeySealed : seal(base64('ca_key', body.ca_key) ?? ''),
    tlsKeySealed:
      body.tls_key === undefined ? details.tlsKeySealed : seal(base64('tls_key', body.tls_key) ?? ''),
  };
}

/** Go sends bytes as base64. */
function base64(member: string, text: string | undefined): string | undefined {
  if (text === undefined || /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return text;
  throw new AppError('invalid-request', `The member ${member} is not base64.`, {
    hint: 'Encode the bytes of the file with the standard alphabet, without line breaks.',
  });
}
