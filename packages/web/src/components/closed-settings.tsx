import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useServiceCalls } from '../hooks/git-services.ts';
import { keys } from '../hooks/queries.ts';
import type { ServiceRepo } from '../lib/git-service-calls.ts';
import { Problem } from './problem.tsx';

/** What becomes of builds whose pull request or branch is gone; saved at once. For those who administer the repository. */
export function ClosedSettings({ repo }: { readonly repo: ServiceRepo }) {
  const calls = useServiceCalls();
  const queries = useQueryClient();
  const [wanted, setWanted] = useState<boolean>();
  const [isSaved, setSaved] = useState(false);
  const [error, setError] = useState<unknown>();

  const save = async (isOn: boolean) => {
    if (wanted !== undefined) return;
    setWanted(isOn);
    setSaved(false);
    setError(undefined);
    try {
      await calls.saveClosedRule(repo.slug, isOn);
      await queries.invalidateQueries({ queryKey: keys.repo(repo.slug) });
      setSaved(true);
    } catch (caught) {
      setError(caught);
    }
    setWanted(undefined);
  };
  return (
    <section className="panel" aria-labelledby="closed-title">
      <h2 id="closed-title">Closed pull requests and deleted branches</h2>
      <div className="field scopes">
        <label className="check">
          <input
            type="checkbox"
            checked={wanted ?? repo.auto_cancel_closed ?? false}
            aria-disabled={wanted !== undefined}
            onChange={(event) => void save(event.target.checked)}
          />
          <span>
            Cancel their builds <span className="quiet">Otherwise what waits or runs is finished.</span>
          </span>
        </label>
      </div>
      {error !== undefined && <Problem what="The setting could not be saved" error={error} />}
      <p role="status" className="saved" data-tone="ok">
        {isSaved && 'Saved.'}
      </p>
    </section>
  );
}
