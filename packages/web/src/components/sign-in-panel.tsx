import { useSignInWays } from '../hooks/git-services.ts';
import type { SignInWay } from '../lib/git-service-calls.ts';
import { LinkHint } from './link-hint.tsx';
import { Problem } from './problem.tsx';
import { SignInForm } from './sign-in-form.tsx';
import { Skeleton } from './skeleton.tsx';

/** Every way in, in the order of the server; how one-time links work where there is none. */
export function SignInPanel({ next }: { readonly next: string }) {
  const ways = useSignInWays();
  if (ways.isPending) return <Skeleton rows={3} label="Loading the ways to sign in" />;
  if (ways.isError) {
    return (
      <Problem
        what="The ways to sign in could not be read"
        error={ways.error}
        retry={() => void ways.refetch()}
      />
    );
  }
  if (ways.data.ways.length === 0) return <LinkHint />;
  return (
    <div className="ways">
      {ways.data.ways.map((way) =>
        way.kind === 'form' ? (
          <SignInForm key={way.name} way={way} next={next} isLink={false} onDone={startAnew} />
        ) : (
          <a key={way.name} className="button big" href={awayHref(way, { next })}>
            Continue with {way.title}
          </a>
        ),
      )}
      {!ways.data.registration_open && (
        <p className="fine">Only people who have an account on this server get in.</p>
      )}
    </div>
  );
}

/** Where the browser leaves for a service. */
export function awayHref(way: SignInWay, options: { readonly next: string; readonly isLink?: boolean }) {
  const query = new URLSearchParams();
  if (options.next !== '') query.set('next', options.next);
  if (options.isLink === true) query.set('link', 'true');
  return query.size === 0 ? way.url : `${way.url}?${query}`;
}

/** Loads the page again, at its new address: nothing that a visitor was told holds any more. */
function startAnew(next: string): void {
  window.history.replaceState(null, '', next);
  window.location.reload();
}
