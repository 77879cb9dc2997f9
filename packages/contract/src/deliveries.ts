import { type Delivery, VERDICTS } from '@sortie/core/delivery';
import { type Static, Type } from 'typebox';
import { RepoParams } from './repos.ts';
import { defineRoute } from './route.ts';

/** A push or webhook and what became of it. */
export const WireDelivery = Type.Object(
  {
    id: Type.Integer(),
    event: Type.String(),
    ref: Type.String(),
    before: Type.String(),
    after: Type.String(),
    sender: Type.String(),
    verdict: Type.Enum([...VERDICTS]),
    reason: Type.Optional(Type.String({ description: 'Code of docs/errors.md: why nothing was built' })),
    message: Type.Optional(Type.String()),
    build_id: Type.Optional(Type.Integer()),
    created: Type.Integer(),
    finished: Type.Integer(),
  },
  { title: 'Delivery' },
);
export type WireDelivery = Static<typeof WireDelivery>;

export const listDeliveries = defineRoute({
  id: 'listDeliveries',
  method: 'GET',
  path: '/api/repos/:owner/:name/deliveries',
  access: 'repo:write',
  scope: 'builds:read',
  summary: 'What arrived for a repository, newest first, with the verdict on each',
  params: RepoParams,
  reply: Type.Array(WireDelivery),
});

export function toWireDelivery(delivery: Delivery): WireDelivery {
  return {
    id: delivery.id,
    event: delivery.event,
    ref: delivery.ref,
    before: delivery.before,
    after: delivery.after,
    sender: delivery.sender,
    verdict: delivery.verdict,
    reason: delivery.reason || undefined,
    message: delivery.message || undefined,
    build_id: delivery.buildId || undefined,
    created: delivery.created,
    finished: delivery.finished,
  };
}
