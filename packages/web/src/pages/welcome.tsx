import { Mark } from '../components/mark.tsx';
import { SignInPanel } from '../components/sign-in-panel.tsx';
import { usePageTitle } from '../hooks/page-title.ts';
import { useRouter } from '../hooks/router.tsx';

/** For visitors: what this is and how to get in. `notice` is text of ours. */
export function Welcome({ notice }: { readonly notice: string }) {
  const { place } = useRouter();
  usePageTitle('Welcome');
  // A page that needs an account is shown again to whoever has signed in.
  const next = /^\/(welcome|logout)\b/.test(place) ? '' : place;
  return (
    <section className="gate">
      <Mark />
      <h1>Sortie</h1>
      <p className="gate-lead">Every push takes off: tested, built and delivered by a server of your own.</p>
      {notice !== '' && (
        <p className="gate-notice" role="status">
          {notice}
        </p>
      )}
      <SignInPanel next={next} />
    </section>
  );
}
