import { Link } from '../components/link.tsx';
import { usePageTitle } from '../hooks/page-title.ts';
import { useUser } from '../hooks/queries.ts';
import { useRouter } from '../hooks/router.tsx';
import { loginHref } from '../lib/route.ts';

/** The same page for what does not exist and what the visitor may not know of. */
export function NotFound() {
  const { data: user } = useUser();
  const { place } = useRouter();
  usePageTitle('Not found');
  return (
    <section className="notice">
      <p className="notice-code num">404</p>
      <h1>There is nothing here</h1>
      <p>
        The address leads nowhere, or to something that {user === null ? 'visitors' : 'your account'} cannot
        see.
      </p>
      <p className="actions start">
        <Link href="/" className="button primary">
          Go to repositories
        </Link>
        {user === null && (
          <Link href={loginHref(place)} className="button">
            Sign in
          </Link>
        )}
      </p>
    </section>
  );
}
