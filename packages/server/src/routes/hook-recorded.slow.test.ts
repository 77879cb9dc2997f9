import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { listDeliveries } from '../store/deliveries.ts';
import { openServicesWorld, type ServicesWorld } from './hook-services.fixture.ts';
import { signedHeaders, toBytes } from './hook-world.fixture.ts';

const RECORDED = new URL('../../../../fixtures/gogs/webhooks/', import.meta.url);

interface Body {
  readonly ref?: string;
  readonly ref_type?: string;
  readonly after?: string;
  readonly action?: string;
  readonly repository: { readonly id: number };
}

interface Recorded {
  readonly name: string;
  readonly event: string;
  readonly body: Body;
}

function recorded(): readonly Recorded[] {
  return readdirSync(RECORDED).map((file) => {
    const { headers, body } = JSON.parse(readFileSync(new URL(file, RECORDED), 'utf8')) as {
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };
    const text = body.startsWith('payload=') ? (new URLSearchParams(body).get('payload') ?? '') : body;
    return { name: file, event: headers['X-Gogs-Event'] ?? '', body: JSON.parse(text) as Body };
  });
}

const IGNORED = [200, 'ignored'] as const;
const BUILT = [200, 'error-build'] as const;
const REMOVED = [204, 'ignored'] as const;

/** Column R of the table of Gogs; nobody can be asked here, so whatever is built ends in a build that says so. */
function wanted({ event, body }: Recorded): readonly [number, string] {
  const { ref = '', ref_type: refType, after = '', action = '' } = body;
  switch (event) {
    case 'push':
      return (ref.startsWith('refs/') && !ref.startsWith('refs/heads/')) || /^0+$/.test(after)
        ? IGNORED
        : BUILT;
    case 'create':
      return refType === 'tag' ? BUILT : IGNORED;
    case 'delete':
      return refType === 'branch' ? REMOVED : IGNORED;
    case 'pull_request':
      if (action === 'closed') return REMOVED;
      return ['opened', 'synchronized', 'reopened'].includes(action) ? BUILT : IGNORED;
    case 'release':
      return action === 'published' ? BUILT : IGNORED;
    default:
      return IGNORED;
  }
}

async function send(world: ServicesWorld, signer: string, { event, body }: Recorded): Promise<number> {
  const bytes = toBytes(body);
  return (await world.post(signedHeaders(event, bytes, signer), bytes)).statusCode;
}

test('[scm M16] [scm M40] every recorded webhook of a real Gogs ends as the event table says', async (t) => {
  const world = await openServicesWorld(t, ['gogs']);
  const known = new Map<number, ReturnType<ServicesWorld['addHooked']>>();
  const seen = new Set<string>();
  for (const one of recorded()) {
    const { id } = one.body.repository;
    known.set(id, known.get(id) ?? world.addHooked('gogs', String(id)));
    const { repo, signer } = (await known.get(id)) ?? assert.fail(one.name);
    const status = await send(world, signer, one);
    const [delivery] = await listDeliveries(world.db, repo.id, { limit: 1 });
    assert.deepEqual([status, delivery?.verdict], wanted(one), `${one.name} ${delivery?.message}`);
    seen.add(`${one.event} ${one.body.action ?? one.body.ref_type ?? ''}`.trim());
  }
  const rows = [
    'push',
    'create tag',
    'create branch',
    'delete branch',
    'delete tag',
    'release published',
    'fork',
  ];
  const pulls = ['opened', 'synchronized', 'reopened', 'closed', 'edited', 'assigned', 'label_updated'];
  for (const row of [...rows, ...pulls.map((action) => `pull_request ${action}`)])
    assert.ok(seen.has(row), row);
});
