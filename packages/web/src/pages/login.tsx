import { Link } from '../components/link.tsx';
import { Mark } from '../components/mark.tsx';
import { SignInPanel } from '../components/sign-in-panel.tsx';
import { usePageTitle } from '../hooks/page-title.ts';
import { useUser } from '../hooks/queries.ts';

/** Signs in. `next` is where to go afterwards: the server takes it only when it is a path of its own. */
export function Login({ next }: { readonly next: string }) {
  const { data: user } = useUser();
  usePageTitle('Sign in');
  return (
    <section className="gate">
      <Mark />
      <h1>Sign in to Sortie</h1>
      {user != null && (
        <p className="gate-notice">
          You are signed in as <b>{user.login}</b> already. <Link href="/">Go to repositories</Link>
        </p>
      )}
      <SignInPanel next={next} />
    </section>
  );
}
