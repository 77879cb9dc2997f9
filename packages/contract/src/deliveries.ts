import { type Delivery, VERDICTS } from '@sortie/core/delivery';
import { type Static, Type } from 'typebox';
import { RepoParams } from './repos.ts';
import { defineRoute } from './route.ts';

/** A push or webhook and what became of it. */
export const WireDelivery = Type.Object(
  {
    id: Type.Integer(),
    delivery_id: Type.String({ description: 'Id that the Git service gave; a second change adds `#2`' }),
    event: Type.String({ description: 'As the Git service calls it' }),
    ref: Type.String(),
    before: Type.String(),
    after: Type.String(),
    sender: Type.String(),
    headers: Type.Record(Type.String(), Type.String(), {
      description: 'Headers of the webhook; what authenticates it is hidden',
    }),
    verdict: Type.Enum([...VERDICTS], { description: '`received` while the work goes on' }),
    reason: Type.Optional(Type.String({ description: 'Code of docs/errors.md: why nothing was built' })),
    message: Type.Optional(Type.String()),
    build_id: Type.Optional(Type.Integer()),
    build_number: Type.Optional(Type.Integer()),
    redelivery_of: Type.Optional(
      Type.Integer({ description: 'Id of the delivery that was processed again' }),
    ),
    created: Type.Integer(),
    finished: Type.Integer(),
  },
  { title: 'Delivery' },
);
export type WireDelivery = Static<typeof WireDelivery>;

const DeliveryParams = Type.Object({
  ...RepoParams.properties,
  delivery: Type.String({ pattern: '^[0-9]{1,15}$' }),
});

export const listDeliveries = defineRoute({
  id: 'listDeliveries',
  method: 'GET',
  path: '/api/repos/:owner/:name/deliveries',
  access: 'repo:admin',
  onlyLooks: true,
  scope: 'builds:read',
  summary: 'What arrived for a repository, newest first, with the verdict on each; kept for seven days',
  params: RepoParams,
  query: Type.Object({
    page: Type.Optional(Type.String({ description: 'From 1' })),
    per_page: Type.Optional(Type.String({ description: '25 unless given, at most 100' })),
  }),
  reply: Type.Array(WireDelivery),
});

export const getDelivery = defineRoute({
  id: 'getDelivery',
  method: 'GET',
  path: '/api/repos/:owner/:name/deliveries/:delivery',
  access: 'repo:admin',
  onlyLooks: true,
  scope: 'builds:read',
  summary: 'One delivery',
  params: DeliveryParams,
  reply: WireDelivery,
});

export const redeliver = defineRoute({
  id: 'redeliver',
  method: 'POST',
  path: '/api/repos/:owner/:name/deliveries/:delivery/redeliver',
  access: 'repo:admin',
  scope: 'builds:write',
  summary: 'Processes a stored webhook again, as a new delivery with a verdict of its own',
  params: DeliveryParams,
  reply: WireDelivery,
  errors: ['illegal-move', 'event-ignored'],
  isAudited: true,
});

/** `buildNumber` is 0 without a build, and when it has been removed. */
export function toWireDelivery(delivery: Delivery, buildNumber: number): WireDelivery {
  return {
    id: delivery.id,
    delivery_id: delivery.key,
    event: delivery.event,
    ref: delivery.ref,
    before: delivery.before,
    after: delivery.after,
    sender: delivery.sender,
    headers: { ...delivery.headers },
    verdict: delivery.verdict,
    reason: delivery.reason || undefined,
    message: delivery.message || undefined,
    build_id: delivery.buildId || undefined,
    build_number: buildNumber || undefined,
    redelivery_of: delivery.redeliveryOf || undefined,
    created: delivery.created,
    finished: delivery.finished,
  };
}
