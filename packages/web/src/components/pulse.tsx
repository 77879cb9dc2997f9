import type { Build } from '@sortie/sdk/types';
import { useNow } from '../hooks/now.ts';
import { elapsedSeconds } from '../lib/duration.ts';
import { lookOf } from '../lib/status.ts';

/** The last builds as bars, the newest at the right: height is duration. The list below says the same in words. */
export function Pulse({ builds }: { readonly builds: readonly Build[] }) {
  const now = useNow(builds.some((build) => build.finished === 0));
  const shown = builds.slice(0, 50).toReversed();
  const seconds = shown.map(
    (build) => elapsedSeconds({ started: build.started, ended: build.finished }, now) ?? 0,
  );
  const longest = Math.max(1, ...seconds);
  return (
    <div className="pulse" aria-hidden="true">
      {shown.map((build, at) => (
        <i
          key={build.id}
          data-tone={lookOf(build.status).tone}
          style={{ height: `${Math.max(8, ((seconds[at] ?? 0) / longest) * 100)}%` }}
        />
      ))}
    </div>
  );
}
