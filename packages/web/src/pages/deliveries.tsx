import { isNotFound, isUnauthorized } from '@sortie/sdk/errors';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { DeliveryItem } from '../components/delivery-item.tsx';
import { Problem } from '../components/problem.tsx';
import { RepoHeader } from '../components/repo-header.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { serviceKeys, useDeliveries, useServiceCalls } from '../hooks/git-services.ts';
import { usePageTitle } from '../hooks/page-title.ts';
import { keys, useRepo, useUser } from '../hooks/queries.ts';
import { canAdmin } from '../lib/build-rights.ts';
import { mergeDeliveries, outcomeOf } from '../lib/delivery.ts';
import { NotFound } from './not-found.tsx';

/** What arrived for a repository and what became of it. */
export function Deliveries({ slug }: { readonly slug: string }) {
  const repo = useRepo(slug);
  const user = useUser();
  const isAdmin = canAdmin(repo.data, user.data);
  const deliveries = useDeliveries(slug, isAdmin);
  usePageTitle(`Deliveries · ${slug}`);
  if (isNotFound(repo.error) || isUnauthorized(repo.error)) return <NotFound />;
  if (repo.isSuccess && user.isSuccess && !isAdmin) return <NotFound />;
  const failed = repo.error ?? deliveries.error;
  const list = mergeDeliveries(deliveries.data?.pages ?? []);
  return (
    <>
      <RepoHeader slug={slug} repo={repo.data} current="deliveries" />
      <h2 className="section-title">Deliveries of the last seven days</h2>
      {deliveries.isPending && failed === null && <Skeleton rows={5} label="Loading deliveries" />}
      {failed !== null && (
        <Problem
          what="The deliveries could not be read"
          error={failed}
          retry={() => void (repo.isError ? repo : deliveries).refetch()}
        />
      )}
      {deliveries.isSuccess && list.length === 0 && (
        <section className="empty">
          <h3>Nothing has arrived yet</h3>
          <p>Push something. If it does not show up here, the checks under Settings say what to look at.</p>
        </section>
      )}
      {list.length > 0 && <DeliveryList slug={slug} list={list} />}
      {deliveries.hasNextPage && (
        <button
          type="button"
          className="button more"
          aria-disabled={deliveries.isFetchingNextPage}
          onClick={() => void deliveries.fetchNextPage()}
        >
          {deliveries.isFetchingNextPage ? 'Loading…' : 'Show older'}
        </button>
      )}
    </>
  );
}

function DeliveryList({ slug, list }: { slug: string; list: ReturnType<typeof mergeDeliveries> }) {
  const calls = useServiceCalls();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(0);
  const [outcome, setOutcome] = useState('');
  const [error, setError] = useState<unknown>();
  const redeliver = async (id: number) => {
    if (busy !== 0) return;
    setBusy(id);
    setError(undefined);
    setOutcome('');
    try {
      setOutcome(outcomeOf(await calls.redeliver(slug, id)));
      await queries.invalidateQueries({ queryKey: serviceKeys.deliveries(slug) });
      void queries.invalidateQueries({ queryKey: keys.builds(slug) });
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(0);
    }
  };
  return (
    <>
      <p role="status" className="outcome">
        {outcome}
      </p>
      {error !== undefined && <Problem what="It could not be processed again" error={error} />}
      <ul className="deliveries">
        {list.map((delivery) => (
          <DeliveryItem
            key={delivery.id}
            slug={slug}
            delivery={delivery}
            isBusy={busy !== 0}
            redeliver={() => void redeliver(delivery.id)}
          />
        ))}
      </ul>
    </>
  );
}
