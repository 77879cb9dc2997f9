import type { Repo } from '@sortie/sdk/types';
import { useHealth } from '../hooks/git-services.ts';
import { useUser } from '../hooks/queries.ts';
import { canWrite } from '../lib/build-rights.ts';
import { lookOfHealth, needsAttention, worstCheck } from '../lib/health.ts';
import { repoHref } from '../lib/route.ts';
import { Link } from './link.tsx';

/** Tells those who can do something about it that webhooks may not arrive; silent while all is well. */
export function HealthBanner({ repo }: { readonly repo: Repo }) {
  const { data: user } = useUser();
  const { data: health } = useHealth(repo.slug, repo.active && canWrite(repo, user));
  if (!repo.active || health === undefined || !needsAttention(health)) return null;
  const look = lookOfHealth(health.state);
  const check = worstCheck(health);
  return (
    <section className="banner" data-tone={look.tone} aria-label="Connection to the Git service">
      <p>
        <b className="tone">{look.label}.</b> {check?.message}
      </p>
      {check?.hint !== undefined && <p className="banner-hint">{check.hint}</p>}
      <Link href={`${repoHref(repo.slug)}/settings`} className="text-link">
        Show all checks
      </Link>
    </section>
  );
}
