import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { serviceKeys, useIdentities, useServiceCalls, useSignInWays } from '../hooks/git-services.ts';
import { keys } from '../hooks/queries.ts';
import type { Identity, SignInWay } from '../lib/git-service-calls.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Dialog } from './dialog.tsx';
import { Problem } from './problem.tsx';
import { SignInForm } from './sign-in-form.tsx';
import { awayHref } from './sign-in-panel.tsx';

/** The accounts at services that belong to this one; silent on a server without services. */
export function IdentityPanel() {
  const calls = useServiceCalls();
  const queries = useQueryClient();
  const identities = useIdentities();
  const ways = useSignInWays();
  const [doomed, setDoomed] = useState<Identity>();
  const [linking, setLinking] = useState<SignInWay>();
  const list = identities.data ?? [];
  const choices = ways.data?.ways ?? [];
  if (!identities.isError && list.length === 0 && choices.length === 0) return null;
  const refresh = async () => {
    await queries.invalidateQueries({ queryKey: serviceKeys.identities });
    // Repositories of a linked account are looked for at once.
    await queries.invalidateQueries({ queryKey: keys.user });
  };
  const unlink = async () => {
    if (doomed === undefined) return;
    await calls.unlink(doomed.id);
    await refresh();
  };
  return (
    <section aria-labelledby="identities-title" className="panel">
      <h2 id="identities-title">Linked accounts</h2>
      <p className="quiet">With each of them you can sign in here.</p>
      {identities.isError && (
        <Problem
          what="The linked accounts could not be read"
          error={identities.error}
          retry={() => void identities.refetch()}
        />
      )}
      <ul className="tokens">
        {list.map((identity) => (
          <IdentityItem key={identity.id} identity={identity} unlink={() => setDoomed(identity)} />
        ))}
      </ul>
      <LinkChoices ways={choices} link={setLinking} />
      {linking !== undefined && (
        <Dialog title={`Link an account at ${linking.title}`} onClose={() => setLinking(undefined)}>
          <SignInForm
            way={linking}
            next=""
            isLink
            onDone={async () => {
              await refresh();
              setLinking(undefined);
            }}
          />
        </Dialog>
      )}
      {doomed !== undefined && (
        <ConfirmDialog
          title={`Unlink ${doomed.login} at ${doomed.title}?`}
          confirmLabel="Unlink account"
          keepLabel="Keep it"
          confirm={unlink}
          onClose={() => setDoomed(undefined)}
        >
          <p>
            You can no longer sign in with it, and what it may do at {doomed.title} no longer counts here.
          </p>
        </ConfirmDialog>
      )}
    </section>
  );
}

function IdentityItem({ identity, unlink }: { readonly identity: Identity; readonly unlink: () => void }) {
  const state = stateOf(identity);
  return (
    <li className="token">
      <div className="token-main">
        <span className="strip-title">{identity.login}</span>
        <span className="strip-sub">
          {identity.title}
          {identity.primary && ' · repositories come from here'}
        </span>
        {state !== '' && (
          <p className="identity-note" data-tone="warn">
            <span className="tone">{state}</span>
          </p>
        )}
        {identity.note !== '' && (
          <p className="identity-note" data-tone="warn">
            <b className="tone">Note:</b> {identity.note}
          </p>
        )}
      </div>
      <button
        type="button"
        className="button small"
        aria-label={`Unlink ${identity.login} at ${identity.title}`}
        onClick={unlink}
      >
        Unlink
      </button>
    </li>
  );
}

/** What is wrong with the account at the service; empty when nothing is. */
function stateOf({ connected, has_token, token_valid, title }: Identity): string {
  if (!connected) return `This server is no longer connected to ${title}.`;
  return has_token && !token_valid
    ? `${title} does not accept the token any more: sign in with it again.`
    : '';
}

interface LinkChoicesProps {
  readonly ways: readonly SignInWay[];
  readonly link: (way: SignInWay) => void;
}

function LinkChoices({ ways, link }: LinkChoicesProps) {
  return (
    <p className="actions start">
      {ways.map((way) =>
        way.kind === 'form' ? (
          <button key={way.name} type="button" className="button" onClick={() => link(way)}>
            Link an account at {way.title}
          </button>
        ) : (
          <a key={way.name} className="button" href={awayHref(way, { next: '/account', isLink: true })}>
            Link an account at {way.title}
          </a>
        ),
      )}
    </p>
  );
}
