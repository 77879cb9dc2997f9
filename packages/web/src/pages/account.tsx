import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { IdentityPanel } from '../components/identity-panel.tsx';
import { Problem } from '../components/problem.tsx';
import { Skeleton } from '../components/skeleton.tsx';
import { TokenForm } from '../components/token-form.tsx';
import { TokenList } from '../components/token-list.tsx';
import { usePageTitle } from '../hooks/page-title.ts';
import { keys, useUser } from '../hooks/queries.ts';
import { useRouter } from '../hooks/router.tsx';
import { useServices } from '../hooks/services.tsx';
import { Welcome } from './welcome.tsx';

/** The signed-in account and its tokens. */
export function Account() {
  const { client } = useServices();
  const { navigate } = useRouter();
  const queries = useQueryClient();
  const user = useUser();
  const [error, setError] = useState<unknown>();
  usePageTitle('Account');
  if (user.isPending) return <Skeleton rows={3} label="Loading the account" />;
  if (user.isError) {
    return (
      <>
        <h1>Account</h1>
        <Problem what="The account could not be read" error={user.error} retry={() => void user.refetch()} />
      </>
    );
  }
  if (user.data === null) return <Welcome notice="You are not signed in, or your session has ended." />;

  const signOut = async () => {
    try {
      await client.session.close();
      queries.clear();
      queries.setQueryData(keys.user, null);
      navigate('/welcome');
    } catch (caught) {
      setError(caught);
    }
  };

  return (
    <div className="account">
      <header className="page-head">
        <div>
          <h1>{user.data.login}</h1>
          <p className="summary">
            {user.data.email === '' ? 'no e-mail address' : user.data.email}
            {user.data.admin && <span data-tone="info">administrator</span>}
          </p>
        </div>
        <button type="button" className="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </header>
      {error !== undefined && <Problem what="Signing out failed" error={error} />}
      <IdentityPanel />
      <section aria-labelledby="tokens-title" className="panel">
        <h2 id="tokens-title">Tokens</h2>
        <p className="quiet">
          For the command line, the API, and as the password of <code>git push</code>.
        </p>
        <TokenList />
      </section>
      <section aria-labelledby="new-token-title" className="panel">
        <h2 id="new-token-title">New token</h2>
        <TokenForm />
      </section>
    </div>
  );
}
