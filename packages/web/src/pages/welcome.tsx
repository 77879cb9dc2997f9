import { Mark } from '../components/mark.tsx';
import { usePageTitle } from '../hooks/page-title.ts';
import { useServices } from '../hooks/services.tsx';

/** For visitors: what this is and how to get in. `notice` is text from the server, never markup. */
export function Welcome({ notice }: { readonly notice: string }) {
  const { prefix } = useServices();
  usePageTitle('Welcome');
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
      <h2>Sign in with a link</h2>
      <p>
        There is no password. The server prints a one-time link where it was started: open that link in this
        browser. It works once and looks like this:
      </p>
      <p>
        <code className="gate-link">
          {window.location.origin}
          {prefix}/login/link#…
        </code>
      </p>
      <p>Somebody else runs this server? Ask them for a link of your own.</p>
    </section>
  );
}
