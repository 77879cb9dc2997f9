import {
  getDelivery,
  listDeliveries as listDeliveriesRoute,
  redeliver,
  toWireDelivery,
} from '@sortie/contract/deliveries';
import type { Delivery } from '@sortie/core/delivery';
import type { HookWork } from '../hook-work.ts';
import { findBuildById } from '../store/builds.ts';
import type { Db } from '../store/db.ts';
import { findDelivery, listDeliveryPage } from '../store/deliveries.ts';
import { type Mount, notFound, repoOf } from './mount.ts';
import { linkPages, readPage } from './paging.ts';

const PAGES = { defaultSize: 25, maxSize: 100, tooLarge: 'max' } as const;

export interface DeliveryRouteDeps {
  readonly db: Db;
  readonly hooks: HookWork;
}

/** What arrived for a repository, and another try at it. */
export function mountDeliveryRoutes(mount: Mount, { db, hooks }: DeliveryRouteDeps): void {
  const find = async (repoId: number, id: string): Promise<Delivery> => {
    const delivery = await findDelivery(db, repoId, Number(id));
    if (delivery === undefined) throw notFound('delivery');
    return delivery;
  };
  const show = async (delivery: Delivery) => {
    const build = delivery.buildId === 0 ? undefined : await findBuildById(db, delivery.buildId);
    return toWireDelivery(delivery, build?.number ?? 0);
  };

  mount(listDeliveriesRoute, async (call) => {
    const page = readPage(call.query, PAGES);
    const listed = await listDeliveryPage(db, repoOf(call).id, page);
    linkPages(call, page, listed.length);
    return listed.map(({ delivery, buildNumber }) => toWireDelivery(delivery, buildNumber));
  });

  mount(getDelivery, async (call) => show(await find(repoOf(call).id, call.params.delivery)));

  mount(redeliver, async (call) =>
    show(await hooks.redeliver(await find(repoOf(call).id, call.params.delivery))),
  );
}
