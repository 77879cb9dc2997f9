import { Link } from '../components/link.tsx';
import { Mark } from '../components/mark.tsx';
import { usePageTitle } from '../hooks/page-title.ts';
import { useUser } from '../hooks/queries.ts';
import { signInProblem } from '../lib/sign-in-problem.ts';

/** Why a sign-in failed, by its code: the address of this page can be written by anybody, its texts are ours. */
export function LoginError({ code }: { readonly code: string }) {
  const { data: user } = useUser();
  const { cause, remedy } = signInProblem(code);
  usePageTitle('Sign-in failed');
  return (
    <section className="gate">
      <Mark />
      <h1>You could not be signed in</h1>
      <div className="problem" role="alert">
        <p className="problem-title">{cause}</p>
        <p>{remedy}</p>
      </div>
      <p className="actions start">
        {user == null ? (
          <Link href="/login" className="button primary big">
            Back to the sign-in page
          </Link>
        ) : (
          <Link href="/account" className="button primary big">
            Back to your account
          </Link>
        )}
      </p>
    </section>
  );
}
