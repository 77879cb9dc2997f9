import type { Repo } from '@sortie/sdk/types';
import { repoHref } from '../lib/route.ts';
import { headline, refLabel, shortSha } from '../lib/sentence.ts';
import { lookOf } from '../lib/status.ts';
import { Link } from './link.tsx';
import { StatusShape } from './status.tsx';
import { Age, Elapsed } from './time.tsx';

/** One repository with its last result. */
export function RepoStrip({ repo }: { readonly repo: Repo }) {
  const { build } = repo;
  const status = build?.status ?? 'none';
  const look = lookOf(status);
  return (
    <li className="strip" data-tone={look.tone}>
      <Link href={repoHref(repo.slug)} className="strip-link">
        <span className="strip-status">
          <StatusShape status={status} speaks />
        </span>
        <span className="strip-main">
          <span className="strip-title">
            <span className="quiet">{repo.namespace}/</span>
            {repo.name}
          </span>
          <span className="strip-sub">
            {build === undefined ? (repo.active ? 'Nothing built yet' : 'Not active') : headline(build)}
          </span>
        </span>
        <span className="cell cell-ref">
          {build !== undefined && (
            <>
              <span className="cell-top">{refLabel(build)}</span>
              <span className="mono">{shortSha(build.after)}</span>
            </>
          )}
        </span>
        <span className="cell cell-number">
          {build !== undefined && <span className="num">#{build.number}</span>}
        </span>
        <span className="cell cell-time">
          {build !== undefined && (
            <>
              <span className="cell-top">
                <Elapsed started={build.started} ended={build.finished} />
              </span>
              <Age unix={build.created} />
            </>
          )}
        </span>
      </Link>
    </li>
  );
}
