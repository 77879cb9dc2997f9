import type { Repo } from '@sortie/sdk/types';
import type { ReactNode } from 'react';
import { useUser } from '../hooks/queries.ts';
import { canAdmin, canWrite } from '../lib/build-rights.ts';
import { repoHref } from '../lib/route.ts';
import { Link } from './link.tsx';

interface RepoHeaderProps {
  readonly slug: string;
  readonly repo: Repo | undefined;
  readonly current: 'builds' | 'settings' | 'deliveries';
  /** Stands beside the name. */
  readonly children?: ReactNode;
}

/** The name of a repository, and its pages for those who may see them. */
export function RepoHeader({ slug, repo, current, children }: RepoHeaderProps) {
  const { data: user } = useUser();
  const href = repoHref(slug);
  const tabs = [
    { id: 'builds', label: 'Builds', href, isShown: true },
    { id: 'settings', label: 'Settings', href: `${href}/settings`, isShown: canWrite(repo, user) },
    {
      id: 'deliveries',
      label: 'Deliveries',
      href: `${href}/settings/deliveries`,
      isShown: canAdmin(repo, user),
    },
  ].filter(({ isShown }) => isShown);
  return (
    <>
      <header className="page-head">
        <div>
          <nav aria-label="Breadcrumb" className="crumbs">
            <Link href="/">Repositories</Link>
          </nav>
          <h1>
            <span className="quiet">{slug.split('/')[0]}/</span>
            {slug.split('/')[1]}
          </h1>
        </div>
        {children}
      </header>
      {tabs.length > 1 && (
        <nav aria-label="Repository" className="subnav">
          {tabs.map(({ id, label, href: to }) => (
            <Link key={id} href={to} aria-current={id === current ? 'page' : undefined}>
              {label}
            </Link>
          ))}
        </nav>
      )}
    </>
  );
}
