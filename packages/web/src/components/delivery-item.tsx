import { lookOfVerdict, shortRef } from '../lib/delivery.ts';
import type { Delivery } from '../lib/git-service-calls.ts';
import { buildHref } from '../lib/route.ts';
import { shortSha } from '../lib/sentence.ts';
import { Link } from './link.tsx';
import { Age } from './time.tsx';

interface DeliveryItemProps {
  readonly slug: string;
  readonly delivery: Delivery;
  readonly isBusy: boolean;
  readonly redeliver: () => void;
}

/** One delivery: what arrived, what became of it and why; the headers on demand. */
export function DeliveryItem({ slug, delivery, isBusy, redeliver }: DeliveryItemProps) {
  const look = lookOfVerdict(delivery.verdict);
  const build = delivery.build_number;
  return (
    <li className="delivery" data-tone={look.tone}>
      <div className="delivery-main">
        <p className="delivery-head">
          <b className="tone">{look.label}</b>
          {build !== undefined && (
            <Link href={buildHref(slug, build)} className="text-link num">
              Build #{build}
            </Link>
          )}
          <span>
            <b>{delivery.event}</b> {shortRef(delivery.ref)}
          </span>
          <span className="fine">
            <Age unix={delivery.created} />
          </span>
        </p>
        {delivery.message !== undefined && <p>{delivery.message}</p>}
        {delivery.redelivery_of !== undefined && (
          <p className="fine">Processed again: it came first as delivery {delivery.redelivery_of}.</p>
        )}
        <Details delivery={delivery} />
      </div>
      {delivery.verdict !== 'received' && (
        <button
          type="button"
          className="button small"
          aria-disabled={isBusy}
          aria-label={`Redeliver delivery ${delivery.id}`}
          onClick={redeliver}
        >
          Redeliver
        </button>
      )}
    </li>
  );
}

function Details({ delivery }: { readonly delivery: Delivery }) {
  const headers = Object.entries(delivery.headers);
  const facts: readonly (readonly [string, string])[] = [
    ['Id', delivery.delivery_id],
    ['Sender', delivery.sender],
    ['Commits', [delivery.before, delivery.after].filter(Boolean).map(shortSha).join(' → ')],
    ['Reason', delivery.reason ?? ''],
  ];
  return (
    <details className="delivery-details">
      <summary>
        Details<span className="sr-only"> of delivery {delivery.id}</span>
      </summary>
      <Facts facts={facts.filter(([, value]) => value !== '')} />
      {headers.length > 0 && (
        <>
          <h3>Headers</h3>
          <Facts facts={headers} />
        </>
      )}
    </details>
  );
}

function Facts({ facts }: { readonly facts: readonly (readonly [string, string])[] }) {
  return (
    <dl className="pairs">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <code>{value}</code>
          </dd>
        </div>
      ))}
    </dl>
  );
}
