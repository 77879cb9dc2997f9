import { useEffect, useState } from 'react';
import { useLink } from '../hooks/live.tsx';
import { formatInstant } from '../lib/duration.ts';

const TEXTS = {
  retrying: 'Reconnecting…',
  offline: 'Offline',
} as const;

/** Says when the page does not follow the server; silent otherwise. */
export function LinkChip() {
  const { state } = useLink();
  const [since, setSince] = useState(0);
  const isBroken = state === 'retrying' || state === 'offline';
  useEffect(() => setSince(isBroken ? Math.floor(Date.now() / 1000) : 0), [isBroken]);
  return (
    <div role="status" className="link-chip" data-state={state} hidden={!isBroken}>
      {isBroken && TEXTS[state]}
      {isBroken && since > 0 && <span className="fine"> data from {formatInstant(since).slice(11)}</span>}
    </div>
  );
}
