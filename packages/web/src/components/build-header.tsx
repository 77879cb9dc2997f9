import type { Build } from '@sortie/sdk/types';
import type { BuildActions } from '../actions/build.ts';
import { repoHref } from '../lib/route.ts';
import { headline, refLabel, shortSha } from '../lib/sentence.ts';
import { lookOf } from '../lib/status.ts';
import { Link } from './link.tsx';
import { Sentence } from './sentence.tsx';
import { StatusBadge } from './status.tsx';
import { Age, Elapsed } from './time.tsx';

interface BuildHeaderProps {
  readonly slug: string;
  readonly build: Build;
  readonly actions: BuildActions;
}

/** Status, message and the facts of a build. */
export function BuildHeader({ slug, build, actions }: BuildHeaderProps) {
  const { cancel } = actions;
  return (
    <header className="build-head" data-tone={lookOf(build.status).tone}>
      <nav aria-label="Breadcrumb" className="crumbs">
        <Link href="/">Repositories</Link>
        <Link href={repoHref(slug)}>{slug}</Link>
        <span aria-current="page" className="num">
          #{build.number}
        </span>
      </nav>
      <div className="build-title">
        <div>
          <h1>{headline(build)}</h1>
          <p className="build-sentence">
            <Sentence build={build} />
          </p>
        </div>
        {cancel.isEnabled && (
          <button type="button" className="button" onClick={cancel.run} aria-keyshortcuts={cancel.shortcut}>
            {cancel.label}
          </button>
        )}
      </div>
      <dl className="facts">
        <Fact label="Status">
          <StatusBadge status={build.status} />
          {build.cancelling === true && <span className="fine"> waiting for the runner</span>}
        </Fact>
        <Fact label="Commit">
          <span className="mono">{build.after === '' ? '–' : shortSha(build.after)}</span>
        </Fact>
        <Fact
          label={build.event === 'pull_request' ? 'Pull request' : build.event === 'tag' ? 'Tag' : 'Branch'}
        >
          {refLabel(build)}
        </Fact>
        <Fact label="Author">{build.author_name || build.author_login || '–'}</Fact>
        <Fact label="Created">
          <Age unix={build.created} />
        </Fact>
        <Fact label="Elapsed">
          <Elapsed started={build.started} ended={build.finished} />
        </Fact>
      </dl>
    </header>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: React.ReactNode }) {
  return (
    <div className="fact">
      <dt className="label">{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
