import { createCard, deleteCard as deleteCardRoute, getCard } from '@sortie/contract/cards';
import { deleteCard, type WriteCardDeps, writeCard } from '../services/write-card.ts';
import { findCard } from '../store/cards.ts';
import { type Mount, notFound, repoOf } from './mount.ts';
import { requireStep } from './step-view.ts';

export function mountCardRoutes(mount: Mount, deps: WriteCardDeps): void {
  mount(getCard, async (call) => {
    const { step } = await requireStep(deps.db, repoOf(call), call.params);
    const data = await findCard(deps.db, step.id);
    if (data === undefined) throw notFound('card');
    return call.reply.header('content-type', 'application/json').serializer(String).send(data);
  });

  mount(createCard, async (call) => {
    const { build, step } = await requireStep(deps.db, repoOf(call), call.params);
    const { schema = '', data } = call.body;
    const isWritten = await writeCard(
      deps,
      { build, stepId: step.id },
      { schema, data: JSON.stringify(data) },
    );
    if (!isWritten) throw notFound('step');
    return step.id;
  });

  mount(deleteCardRoute, async (call) => {
    const { build, step } = await requireStep(deps.db, repoOf(call), call.params);
    if (!(await deleteCard(deps, { build, stepId: step.id }))) throw notFound('card');
    return undefined;
  });
}
