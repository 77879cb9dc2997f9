import type { Repo } from '@sortie/sdk/types';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../hooks/announcer.tsx';
import { serviceKeys, useServiceCalls } from '../hooks/git-services.ts';
import { keys, useUser } from '../hooks/queries.ts';
import { canAdmin } from '../lib/build-rights.ts';
import { lookOfHealth } from '../lib/health.ts';
import { Problem } from './problem.tsx';

/** For repositories that are not built: the button, or whom to ask. What follows from it is told by the health. */
export function ActivatePanel({ repo }: { readonly repo: Repo }) {
  const calls = useServiceCalls();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const { data: user } = useUser();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const activate = async () => {
    if (isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      const { health } = await calls.activate(repo.slug);
      if (health !== undefined) queries.setQueryData(serviceKeys.health(repo.slug), health);
      announce(
        health === undefined
          ? `${repo.slug} is active`
          : `${repo.slug} is active. Health: ${lookOfHealth(health.state).label}`,
      );
      await queries.invalidateQueries({ queryKey: keys.repo(repo.slug) });
      await queries.invalidateQueries({ queryKey: keys.repos });
    } catch (caught) {
      setError(caught);
      setBusy(false);
    }
  };
  if (!canAdmin(repo, user)) {
    return (
      <section className="empty">
        <h2>This repository is not active</h2>
        <p>Nothing is built for it. Somebody who administers it at its Git service can activate it here.</p>
      </section>
    );
  }
  return (
    <section className="empty">
      <h2>This repository is not active</h2>
      <p>
        Activating it installs a webhook at its Git service, so that pushes, tags and pull requests are built.
      </p>
      {error !== undefined && <Problem what="The repository could not be activated" error={error} />}
      <button type="button" className="button primary" aria-disabled={isBusy} onClick={() => void activate()}>
        {isBusy ? 'Activating…' : 'Activate'}
      </button>
    </section>
  );
}
