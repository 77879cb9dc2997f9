import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from '../components/link.tsx';
import { Mark } from '../components/mark.tsx';
import { Problem } from '../components/problem.tsx';
import { usePageTitle } from '../hooks/page-title.ts';
import { useRouter } from '../hooks/router.tsx';
import { useServices } from '../hooks/services.tsx';

/**
 * Behind a one-time link. The token stands in the fragment, which browsers never send, and is used only after a
 * click, so that a preview of the link cannot use it up.
 */
export function SignIn() {
  const { client } = useServices();
  const { navigate } = useRouter();
  const queries = useQueryClient();
  const [token] = useState(() => window.location.hash.slice(1));
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  usePageTitle('Sign in');

  const signIn = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await client.session.openLink(token);
      navigate('/', { replace: true });
      await queries.invalidateQueries();
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };

  return (
    <section className="gate">
      <Mark />
      <h1>Sign in to Sortie</h1>
      {token === '' ? (
        <p>
          The link is incomplete: the part after # is missing. Copy it again, whole, from the server's output.
        </p>
      ) : (
        <p>
          This link signs this browser in to <b>{window.location.host}</b>. It works once.
        </p>
      )}
      {error !== undefined && <Problem what="The link did not work" error={error} />}
      <p className="actions start">
        <button
          type="button"
          className="button primary big"
          disabled={token === '' || isBusy}
          onClick={() => void signIn()}
        >
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
        <Link href="/welcome" className="button big">
          Where do I find a link?
        </Link>
      </p>
    </section>
  );
}
