import type { Repo } from '@sortie/sdk/types';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../hooks/announcer.tsx';
import { serviceKeys, useHealth, useServiceCalls } from '../hooks/git-services.ts';
import { keys, useUser } from '../hooks/queries.ts';
import { canAdmin } from '../lib/build-rights.ts';
import type { HealthCheck, Remedy, RepoHealth } from '../lib/git-service-calls.ts';
import { lookOfCheck, lookOfHealth, nameOfCheck, remedyOf } from '../lib/health.ts';
import { Problem } from './problem.tsx';
import { Skeleton } from './skeleton.tsx';
import { Age } from './time.tsx';

/** How a repository stands with its Git service: every check, its cause and what to do. */
export function HealthPanel({ repo }: { readonly repo: Repo }) {
  const { slug } = repo;
  const calls = useServiceCalls();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const { data: user } = useUser();
  const health = useHealth(slug, true);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const ask = async (before?: () => Promise<void>) => {
    if (isBusy) return;
    setBusy(true);
    setError(undefined);
    try {
      await before?.();
      const fresh = await calls.health(slug, { isFresh: true });
      queries.setQueryData(serviceKeys.health(slug), fresh);
      announce(`Health: ${lookOfHealth(fresh.state).label}`);
    } catch (caught) {
      setError(caught);
    } finally {
      setBusy(false);
    }
  };
  const mend = (remedy: Remedy) =>
    ask(async () => {
      await calls.remedy(slug, remedy);
      await queries.invalidateQueries({ queryKey: keys.repo(slug) });
    });
  const may = (remedy: Remedy) => remedy === 'reconcile' || canAdmin(repo, user);

  return (
    <section className="panel" aria-labelledby="health-title">
      <div className="panel-head">
        <h2 id="health-title">Health</h2>
        <button type="button" className="button small" aria-disabled={isBusy} onClick={() => void ask()}>
          {isBusy ? 'Asking…' : 'Check now'}
        </button>
      </div>
      {health.isPending && <Skeleton rows={4} label="Loading the health of the repository" />}
      {health.isError && (
        <Problem
          what="The health could not be read"
          error={health.error}
          retry={() => void health.refetch()}
        />
      )}
      {error !== undefined && <Problem what="That did not work" error={error} />}
      {health.data !== undefined && (
        <Report health={health.data} may={may} mend={(remedy) => void mend(remedy)} />
      )}
    </section>
  );
}

interface ReportProps {
  readonly health: RepoHealth;
  readonly may: (remedy: Remedy) => boolean;
  readonly mend: (remedy: Remedy) => void;
}

function Report({ health, may, mend }: ReportProps) {
  const look = lookOfHealth(health.state);
  return (
    <>
      <p className="health-state" data-tone={look.tone}>
        <b className="tone">{look.label}</b>
      </p>
      <ul className="checks">
        {health.checks.map((check) => (
          <CheckItem key={check.name} check={check} may={may} mend={mend} />
        ))}
      </ul>
      <dl className="facts-line fine">
        <div>
          <dt>Last delivery</dt>
          <dd>{health.last_delivery === 0 ? 'never' : <Age unix={health.last_delivery} />}</dd>
        </div>
        <div>
          <dt>Webhook installed</dt>
          <dd>{health.hook_installed === 0 ? 'never' : <Age unix={health.hook_installed} />}</dd>
        </div>
        <div>
          <dt>Branches compared</dt>
          <dd>{health.reconciled === 0 ? 'never' : <Age unix={health.reconciled} />}</dd>
        </div>
      </dl>
    </>
  );
}

const REMEDIES: Readonly<Record<Remedy, string>> = {
  repair: 'Install the webhook again',
  chown: 'Become the owner',
  reconcile: 'Build what was missed',
};

function CheckItem({ check, may, mend }: Omit<ReportProps, 'health'> & { readonly check: HealthCheck }) {
  const look = lookOfCheck(check.state);
  const remedy = remedyOf(check);
  return (
    <li className="check-item" data-tone={look.tone}>
      <p className="check-head">
        <b>{nameOfCheck(check.name)}</b> <span className="tone">{look.label}</span>
      </p>
      <div>
        <p>{check.message}</p>
        {check.hint !== undefined && <p className="quiet">{check.hint}</p>}
        {remedy !== undefined && may(remedy) && (
          <button type="button" className="button small" onClick={() => mend(remedy)}>
            {REMEDIES[remedy]}
          </button>
        )}
      </div>
    </li>
  );
}
