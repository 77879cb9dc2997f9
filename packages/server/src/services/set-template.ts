import { AppError } from '@sortie/core/errors';
import type { Template } from '@sortie/core/template';
import { type Db, inTransaction } from '../store/db.ts';
import { isDuplicateKey } from '../store/driver-errors.ts';
import { settleNamespace } from '../store/repo-lookups.ts';
import { insertTemplate, type TemplateKey, updateTemplate } from '../store/templates.ts';

export interface SetTemplateDeps {
  readonly db: Db;
  /** Unix seconds. */
  readonly now: () => number;
}

const ENDINGS = ['.yml', '.yaml', '.star', '.starlark', '.script', '.jsonnet'] as const;
/** The columns of Drone's database. */
const MAX_NAME = 500;

/** A new template. Throws `template-invalid` and `already-exists`. */
export async function createTemplate(
  { db, now }: SetTemplateDeps,
  draft: TemplateKey & { readonly data: string },
): Promise<Template> {
  requireName(draft.name);
  requireData(draft.data);
  const time = now();
  return refusingDuplicates(draft.name, draft.namespace, () =>
    inTransaction(db, async (tx) => {
      await settleNamespace(tx, draft.namespace);
      return insertTemplate(tx, { ...draft, created: time, updated: time });
    }),
  );
}

/** The template after the change; `undefined` when there is none. Throws `template-invalid` and `already-exists`. */
export async function changeTemplate(
  { db, now }: SetTemplateDeps,
  key: TemplateKey,
  change: { readonly data?: string; readonly namespace?: string },
): Promise<Template | undefined> {
  if (change.data !== undefined) requireData(change.data);
  const { data, namespace } = change;
  return refusingDuplicates(key.name, namespace ?? key.namespace, () =>
    inTransaction(db, async (tx) => {
      if (namespace !== undefined) await settleNamespace(tx, namespace);
      return updateTemplate(tx, key, { data, namespace, updated: now() });
    }),
  );
}

async function refusingDuplicates<T>(name: string, namespace: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    throw new AppError(
      'already-exists',
      `${JSON.stringify(namespace)} has a template called ${JSON.stringify(name)} already.`,
      { hint: 'Change that one, or take another name.', cause: error },
    );
  }
}

function requireName(name: string): void {
  const ending = ENDINGS.find((known) => name.endsWith(known));
  const isPlain = name.length <= MAX_NAME && !/[\p{Cc}/\\]/u.test(name) && name.isWellFormed();
  if (ending !== undefined && name !== ending && isPlain) return;
  throw new AppError('template-invalid', 'No template can have this name.', {
    hint: `Give "name" an ending that says what it is: ${ENDINGS.join(', ')}.`,
  });
}

function requireData(data: string): void {
  if (data !== '' && !data.includes('\0') && data.isWellFormed()) return;
  throw new AppError('template-invalid', 'The template has no usable text.', {
    hint: 'Give its text as "data"; it cannot be empty and holds no NUL character.',
  });
}
