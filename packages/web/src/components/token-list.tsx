import type { Token } from '@sortie/sdk/types';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { keys, useTokens } from '../hooks/queries.ts';
import { useServices } from '../hooks/services.tsx';
import { formatInstant } from '../lib/duration.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Problem } from './problem.tsx';
import { Skeleton } from './skeleton.tsx';
import { Age } from './time.tsx';

/** The tokens of the account; each can be deleted after a question. */
export function TokenList() {
  const { client } = useServices();
  const queries = useQueryClient();
  const tokens = useTokens();
  const [doomed, setDoomed] = useState<Token>();
  if (tokens.isPending) return <Skeleton rows={3} label="Loading tokens" />;
  if (tokens.isError) {
    return (
      <Problem what="The tokens could not be read" error={tokens.error} retry={() => void tokens.refetch()} />
    );
  }
  if (tokens.data.length === 0) return <p className="quiet">No tokens yet.</p>;
  const remove = async () => {
    if (doomed === undefined) return;
    await client.tokens.remove(doomed.id);
    await queries.invalidateQueries({ queryKey: keys.tokens });
  };
  return (
    <>
      <ul className="tokens">
        {tokens.data.map((token) => (
          <TokenItem key={token.id} token={token} remove={() => setDoomed(token)} />
        ))}
      </ul>
      {doomed !== undefined && (
        <ConfirmDialog
          title={`Delete the token “${doomed.name}”?`}
          confirmLabel="Delete token"
          keepLabel="Keep it"
          confirm={remove}
          onClose={() => setDoomed(undefined)}
        >
          <p>Whatever uses it loses access at once. This cannot be undone.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function TokenItem({ token, remove }: { readonly token: Token; readonly remove: () => void }) {
  return (
    <li className="token">
      <div className="token-main">
        <span className="strip-title">{token.name}</span>
        <span className="strip-sub">
          <code>{token.prefix}…</code> · {token.scopes.join(', ')}
        </span>
      </div>
      <dl className="token-facts">
        <div>
          <dt className="label">Expires</dt>
          <dd>{token.expires === 0 ? 'never' : formatInstant(token.expires).slice(0, 10)}</dd>
        </div>
        <div>
          <dt className="label">Last used</dt>
          <dd>{token.last_used === 0 ? 'never' : <Age unix={token.last_used} />}</dd>
        </div>
      </dl>
      <button
        type="button"
        className="button small"
        aria-label={`Delete token ${token.name}`}
        onClick={remove}
      >
        Delete
      </button>
    </li>
  );
}
