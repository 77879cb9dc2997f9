import { SCOPES } from '@sortie/core/token';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { keys } from '../hooks/queries.ts';
import { useServices } from '../hooks/services.tsx';
import { expiryOf, LIFETIMES } from '../lib/token-form.ts';
import { CopyButton } from './copy-button.tsx';
import { Problem } from './problem.tsx';

/** Makes a token and shows its text, once. */
export function TokenForm() {
  const { client } = useServices();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>(['all']);
  const [lifetime, setLifetime] = useState('90');
  const [isRefused, setRefused] = useState(false);
  const [created, setCreated] = useState<string>();
  const [error, setError] = useState<unknown>();
  const nameId = useId();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const isIncomplete = name.trim() === '' || scopes.length === 0;
    setRefused(isIncomplete);
    setError(undefined);
    if (isIncomplete) return;
    try {
      const expires = expiryOf(lifetime, Math.floor(Date.now() / 1000));
      const token = await client.tokens.create({ name: name.trim(), scopes, expires });
      setCreated(token.token);
      setName('');
      await queries.invalidateQueries({ queryKey: keys.tokens });
    } catch (caught) {
      setError(caught);
    }
  };

  return (
    <form className="token-form" onSubmit={(event) => void submit(event)} noValidate>
      <div className="field">
        <label htmlFor={nameId}>Name</label>
        <input
          id={nameId}
          type="text"
          autoComplete="off"
          value={name}
          aria-invalid={isRefused && name.trim() === ''}
          aria-describedby={`${nameId}-error`}
          onChange={(event) => setName(event.target.value)}
        />
        <p id={`${nameId}-error`} className="field-error">
          {isRefused && name.trim() === '' && 'Give the token a name that says what will use it.'}
        </p>
      </div>
      <div className="field">
        <label htmlFor={`${nameId}-life`}>Expires</label>
        <select id={`${nameId}-life`} value={lifetime} onChange={(event) => setLifetime(event.target.value)}>
          {LIFETIMES.map(({ days, label }) => (
            <option key={days} value={days}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <ScopeChoice scopes={scopes} setScopes={setScopes} isRefused={isRefused} />
      {error !== undefined && <Problem what="The token could not be made" error={error} />}
      <div className="actions start">
        <button type="submit" className="button primary">
          Create token
        </button>
      </div>
      <div role="status">
        {created !== undefined && (
          <div className="created">
            <p>
              <b>Copy the token now.</b> It is not shown again.
            </p>
            <code>{created}</code>
            <CopyButton text={created} label="Copy token" />
          </div>
        )}
      </div>
    </form>
  );
}

interface ScopeChoiceProps {
  readonly scopes: readonly string[];
  readonly setScopes: (scopes: readonly string[]) => void;
  readonly isRefused: boolean;
}

function ScopeChoice({ scopes, setScopes, isRefused }: ScopeChoiceProps) {
  const toggle = (scope: string, isOn: boolean) => {
    if (scope === 'all') return setScopes(isOn ? ['all'] : []);
    const others = scopes.filter((each) => each !== scope && each !== 'all');
    setScopes(isOn ? [...others, scope] : others);
  };
  return (
    <fieldset className="field scopes">
      <legend>It may</legend>
      {Object.entries(SCOPES).map(([scope, meaning]) => (
        <label key={scope} className="check">
          <input
            type="checkbox"
            checked={scopes.includes(scope)}
            onChange={(event) => toggle(scope, event.target.checked)}
          />
          <span>
            <code>{scope}</code> <span className="quiet">{meaning}</span>
          </span>
        </label>
      ))}
      <p className="field-error">{isRefused && scopes.length === 0 && 'Choose at least one.'}</p>
    </fieldset>
  );
}
