import { useServices } from '../hooks/services.tsx';

/** How to get in where no service is connected. */
export function LinkHint() {
  const { prefix } = useServices();
  return (
    <>
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
    </>
  );
}
