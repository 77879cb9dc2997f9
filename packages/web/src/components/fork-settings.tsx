import type { ForkApproval, ForkConfig } from '@sortie/core/approval';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useServiceCalls } from '../hooks/git-services.ts';
import { keys } from '../hooks/queries.ts';
import type { ServiceRepo } from '../lib/git-service-calls.ts';
import { Problem } from './problem.tsx';

type Choices<T> = readonly { readonly value: T; readonly label: string; readonly meaning: string }[];

const APPROVALS: Choices<ForkApproval> = [
  {
    value: 'default',
    label: 'In public repositories',
    meaning: 'Anybody can propose a change there, so somebody looks at it before it runs.',
  },
  { value: 'always', label: 'Always', meaning: 'In private repositories, too.' },
  {
    value: 'never',
    label: 'Never',
    meaning: 'Code of strangers runs at once: only where runners hold nothing worth stealing.',
  },
];

const CONFIGS: Choices<ForkConfig> = [
  {
    value: 'head',
    label: 'The pull request',
    meaning: 'Changes to the pipeline are tried before they are merged.',
  },
  {
    value: 'base',
    label: 'The target branch',
    meaning: 'Strangers decide what is built, but not how.',
  },
];

/** How pull requests from forks are treated; only for those who administer the repository. */
export function ForkSettings({ repo }: { readonly repo: ServiceRepo }) {
  const calls = useServiceCalls();
  const queries = useQueryClient();
  const [approval, setApproval] = useState(repo.fork_approval ?? 'default');
  const [config, setConfig] = useState(repo.fork_config ?? 'head');
  const [state, setState] = useState<'open' | 'busy' | 'saved'>('open');
  const [error, setError] = useState<unknown>();

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (state === 'busy') return;
    setState('busy');
    setError(undefined);
    try {
      await calls.saveForkRules(repo.slug, { fork_approval: approval, fork_config: config });
      await queries.invalidateQueries({ queryKey: keys.repo(repo.slug) });
      setState('saved');
    } catch (caught) {
      setError(caught);
      setState('open');
    }
  };
  const changed = <T,>(set: (value: T) => void) => {
    return (value: T) => {
      set(value);
      setState('open');
    };
  };
  return (
    <section className="panel" aria-labelledby="forks-title">
      <h2 id="forks-title">Pull requests from forks</h2>
      <form className="token-form" onSubmit={(event) => void save(event)}>
        <Choice
          legend="They wait for an approval"
          name="fork_approval"
          choices={APPROVALS}
          chosen={approval}
          choose={changed(setApproval)}
        />
        <Choice
          legend="The pipeline file is read from"
          name="fork_config"
          choices={CONFIGS}
          chosen={config}
          choose={changed(setConfig)}
        />
        {error !== undefined && <Problem what="The settings could not be saved" error={error} />}
        <div className="actions start">
          <button type="submit" className="button primary" aria-disabled={state === 'busy'}>
            Save
          </button>
          <p role="status" className="saved" data-tone="ok">
            {state === 'saved' && 'Saved.'}
          </p>
        </div>
      </form>
    </section>
  );
}

interface ChoiceProps<T> {
  readonly legend: string;
  readonly name: string;
  readonly choices: Choices<T>;
  readonly chosen: T;
  readonly choose: (value: T) => void;
}

function Choice<T extends string>({ legend, name, choices, chosen, choose }: ChoiceProps<T>) {
  return (
    <fieldset className="field scopes">
      <legend>{legend}</legend>
      {choices.map(({ value, label, meaning }) => (
        <label key={value} className="check">
          <input
            type="radio"
            name={name}
            value={value}
            checked={value === chosen}
            onChange={() => choose(value)}
          />
          <span>
            {label} <span className="quiet">{meaning}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
