import type { Build } from '@sortie/sdk/types';
import { buildHref } from '../lib/route.ts';
import { headline, refLabel, shortSha } from '../lib/sentence.ts';
import { lookOf } from '../lib/status.ts';
import { Link } from './link.tsx';
import { Sentence } from './sentence.tsx';
import { StatusShape } from './status.tsx';
import { Age, Elapsed } from './time.tsx';

/** One build in the list of its repository. */
export function BuildStrip({ slug, build }: { readonly slug: string; readonly build: Build }) {
  const look = lookOf(build.status);
  return (
    <li className="strip" data-tone={look.tone}>
      <Link href={buildHref(slug, build.number)} className="strip-link">
        <span className="strip-status">
          <StatusShape status={build.status} />
        </span>
        <span className="strip-main">
          <span className="strip-title">
            <span className="quiet num">#{build.number}</span> {headline(build)}
          </span>
          <span className="strip-sub">
            <span className="strip-word" data-tone={look.tone}>
              {look.label}
            </span>
            {' · '}
            <Sentence build={build} />
          </span>
        </span>
        <span className="cell cell-ref">
          <span className="cell-top">{refLabel(build)}</span>
          <span className="mono">{shortSha(build.after)}</span>
        </span>
        <span className="cell cell-time">
          <span className="cell-top">
            <Elapsed started={build.started} ended={build.finished} />
          </span>
          <Age unix={build.created} />
        </span>
      </Link>
    </li>
  );
}
