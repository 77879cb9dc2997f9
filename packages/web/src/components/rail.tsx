import { useUser } from '../hooks/queries.ts';
import { useRouter } from '../hooks/router.tsx';
import { THEME_CHOICES, useThemeChoice } from '../hooks/theme.ts';
import { loginHref } from '../lib/route.ts';
import { Icon } from './icon.tsx';
import { Link } from './link.tsx';
import { Mark } from './mark.tsx';

/** The navigation: a rail at the side, a bar at the bottom of small screens. */
export function Rail({ showShortcuts }: { readonly showShortcuts: () => void }) {
  const { route, place } = useRouter();
  const { data: user } = useUser();
  const [theme, setTheme] = useThemeChoice();
  const nextTheme = THEME_CHOICES[(THEME_CHOICES.indexOf(theme) + 1) % THEME_CHOICES.length] ?? 'system';
  const current = (page: string) => (route.page === page ? 'page' : undefined);
  return (
    <header className="rail">
      <nav aria-label="Main">
        <Link href="/" className="rail-home" aria-label="Sortie, repositories">
          <Mark />
        </Link>
        <Link href="/" className="rail-item" aria-current={current('dashboard')}>
          <Icon name="repos" />
          Repos
        </Link>
        {user === null ? (
          <Link href={loginHref(place)} className="rail-item" aria-current={current('login')}>
            <Icon name="enter" />
            Sign in
          </Link>
        ) : (
          <Link href="/account" className="rail-item" aria-current={current('account')}>
            <Icon name="account" />
            Account
          </Link>
        )}
      </nav>
      <div className="rail-tools">
        <button
          type="button"
          className="rail-item"
          onClick={() => setTheme(nextTheme)}
          aria-label={`${theme} theme, change to ${nextTheme}`}
        >
          <Icon name="theme" />
          <span className="rail-theme">{theme}</span>
        </button>
        <button type="button" className="rail-item" onClick={showShortcuts}>
          <Icon name="keys" />
          Keys
        </button>
      </div>
    </header>
  );
}
