import { AppError } from '@sortie/core/errors';
import { isSealed, type Sealer } from '../seal/sealer.ts';
import { type Db, inTransaction } from '../store/db.ts';
import {
  listSealedCells,
  replaceSealedCell,
  type SealedCell,
  type SealedColumn,
} from '../store/sealed-cells.ts';
import { tokenPlace } from './identity-tokens.ts';
import { previousSignerPlace, secretPlace, signerPlace } from './repo-keys.ts';
import { secretPlaceOf } from './set-secret.ts';

export interface RotateSealDeps {
  readonly db: Db;
  readonly sealer: Sealer;
}

export interface Rotation {
  /** How many values are sealed with the present key now and were not before. */
  readonly resealed: number;
  /** Where values are that no known key opens. */
  readonly unreadable: readonly string[];
}

const PAGE = 100;
/** A second one finds nothing to do, unless somebody has written meanwhile. */
const MAX_PASSES = 10;

/**
 * Seals everything anew that another key than the present one has sealed, page by page. It may be interrupted and run
 * again, and servers may write meanwhile: a value that changes under its hands is looked at in the next pass. Throws
 * `database-key` when that does not come to an end.
 */
export async function rotateSeal(deps: RotateSealDeps): Promise<Rotation> {
  let resealed = 0;
  for (let pass = 1; pass <= MAX_PASSES; pass += 1) {
    const found = await sealOnce(deps);
    resealed += found.resealed;
    const isDone = found.resealed + found.missed === 0;
    if (isDone) return { resealed, unreadable: [...new Set(found.unreadable)] };
  }
  throw new AppError('database-key', 'Something keeps writing values with an older key.', {
    hint: 'Restart every server of this database with the new settings, then run the command again.',
  });
}

interface Pass {
  resealed: number;
  /** Changed while they were being sealed. */
  missed: number;
  readonly unreadable: string[];
}

async function sealOnce(deps: RotateSealDeps): Promise<Pass> {
  const pass: Pass = { resealed: 0, missed: 0, unreadable: [] };
  for (const column of COLUMNS) {
    let after: number | string = column.key === 'id' ? 0 : '';
    for (;;) {
      const cells = await listSealedCells(deps.db, column, { after, limit: PAGE });
      await sealPage(deps, { column, cells }, pass);
      after = cells.at(-1)?.row ?? after;
      if (cells.length < PAGE) break;
    }
  }
  return pass;
}

async function sealPage(
  { db, sealer }: RotateSealDeps,
  { column, cells }: { readonly column: KnownColumn; readonly cells: readonly SealedCell[] },
  pass: Pass,
): Promise<void> {
  const changes = cells.flatMap((cell) => {
    const text = anew(sealer, column, cell, pass.unreadable);
    return text === cell.text ? [] : [{ cell, text }];
  });
  if (changes.length === 0) return;
  const replaced = await inTransaction(db, async (tx) => {
    let count = 0;
    for (const { cell, text } of changes) if (await replaceSealedCell(tx, column, cell, text)) count += 1;
    return count;
  });
  pass.resealed += replaced;
  pass.missed += changes.length - replaced;
}

/** The cell under the present key; as it is when it has that already, or cannot be opened. */
function anew(sealer: Sealer, column: KnownColumn, cell: SealedCell, unreadable: string[]): string {
  const place = column.placeOf(cell);
  const seal = (text: string): string => {
    if (!sealer.isOld(text)) return text;
    try {
      return sealer.seal(sealer.open(text, place), place);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      unreadable.push(place);
      return text;
    }
  };
  switch (column.holds) {
    case 'sealed':
      return seal(cell.text);
    case 'some':
      return isSealed(cell.text) ? seal(cell.text) : cell.text;
    case 'json':
      return JSON.stringify(JSON.parse(cell.text), (_key, value: unknown) =>
        typeof value === 'string' && isSealed(value) ? seal(value) : value,
      );
  }
}

interface KnownColumn extends SealedColumn {
  /** Only sealed values, sealed values among others, or JSON with sealed members. */
  readonly holds: 'sealed' | 'some' | 'json';
  readonly placeOf: (cell: SealedCell) => string;
}

/** Everything that is sealed, with the places under which the code that writes it seals it. */
const COLUMNS: readonly KnownColumn[] = [
  {
    table: 'secrets',
    column: 'sealed',
    key: 'id',
    facts: ['repo_id', 'namespace', 'name'],
    holds: 'sealed',
    placeOf({ facts }) {
      const name = String(facts.name);
      const { repo_id: repoId } = facts;
      return secretPlaceOf(
        typeof repoId === 'number' ? { repoId, name } : { namespace: String(facts.namespace), name },
      );
    },
  },
  inRow('repos', 'signer_sealed', ({ row }) => signerPlace(Number(row))),
  inRow('repos', 'previous_signer_sealed', ({ row }) => previousSignerPlace(Number(row))),
  inRow('repos', 'secret_sealed', ({ row }) => secretPlace(Number(row))),
  inRow('users', 'token_sealed', ({ row }) => `users.token_sealed:${row}`),
  // Sign-ins that a browser is away for (`sign_in_states`) end after ten minutes, long before the old key is taken away.
  inRow('identities', 'access_sealed', ({ row }) => tokenPlace('access_sealed', Number(row))),
  inRow('identities', 'refresh_sealed', ({ row }) => tokenPlace('refresh_sealed', Number(row))),
  inRow('idempotency', 'body_sealed', ({ row }) => `idempotency.body_sealed:${row}`),
  {
    ...inRow(
      'idempotency',
      'fingerprint',
      ({ facts }) => `idempotency.fingerprint:${facts.owner}:${facts.key}`,
    ),
    facts: ['owner', 'key'],
  },
  {
    table: 'meta',
    column: 'value',
    key: 'key',
    facts: [],
    holds: 'some',
    placeOf: ({ row }) => `meta.value:${row}`,
  },
  {
    table: 'runners',
    column: 'details',
    key: 'name',
    facts: [],
    holds: 'json',
    placeOf: ({ row }) => `runners.details:${row}`,
  },
];

function inRow(
  table: SealedColumn['table'],
  column: string,
  placeOf: (cell: SealedCell) => string,
): KnownColumn {
  return { table, column, key: 'id', facts: [], holds: 'sealed', placeOf };
}
