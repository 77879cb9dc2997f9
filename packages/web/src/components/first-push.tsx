import { useServices } from '../hooks/services.tsx';
import { CopyButton } from './copy-button.tsx';

/** How the first repository comes to the server: three lines for a shell. */
export function FirstPush({ login }: { readonly login: string }) {
  const { prefix } = useServices();
  const lines = [
    'cd my-project',
    `git remote add sortie ${window.location.origin}${prefix}/git/${login}/my-project.git`,
    'git push -u sortie HEAD',
  ];
  return (
    <section className="empty">
      <h2>Push, and it builds</h2>
      <p>
        A push makes the repository here and runs its <code>.drone.yml</code>. Sign in to Git with your login
        and a token from your account page as the password.
      </p>
      <ol className="snippet-lines">
        {lines.map((line) => (
          <li key={line}>
            <code>{line}</code>
          </li>
        ))}
      </ol>
      <CopyButton text={lines.join('\n')} label="Copy the lines" />
    </section>
  );
}
