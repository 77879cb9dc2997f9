import type { StepRef } from '@sortie/sdk/types';
import { type FormEvent, type KeyboardEvent, useRef } from 'react';
import type { Action } from '../actions/action.ts';
import type { logActions } from '../actions/log.ts';
import type { LogSearch } from '../hooks/log-search.ts';
import { useRouter } from '../hooks/router.tsx';
import { useServices } from '../hooks/services.tsx';
import type { LineRange } from '../lib/line-range.ts';
import { Icon } from './icon.tsx';

interface LogToolbarProps {
  readonly step: StepRef;
  readonly text: string;
  readonly changeText: (text: string) => void;
  readonly search: LogSearch;
  /** The match that is shown, as a line from 0; -1 = none. */
  readonly current: number;
  readonly actions: ReturnType<typeof logActions>;
  readonly select: (range: LineRange) => void;
  readonly lineCount: number;
}

/** Search, jump to a line, switches and the download. */
export function LogToolbar(props: LogToolbarProps) {
  const { step, text, changeText, search, current, actions, select, lineCount } = props;
  const { client } = useServices();
  const { toHref } = useRouter();
  const line = useRef<HTMLInputElement>(null);
  const onKey = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') (event.shiftKey ? actions.previousMatch : actions.nextMatch).run();
    if (event.key === 'Escape') changeText('');
  };
  const jump = (event: FormEvent) => {
    event.preventDefault();
    const wanted = Math.min(lineCount, Number(line.current?.value));
    if (wanted >= 1) select({ first: wanted, last: wanted });
  };
  return (
    <div className="log-tools" role="toolbar" aria-label="Log">
      <input
        type="search"
        aria-label="Search in the log"
        placeholder="Search, or /pattern/"
        value={text}
        onChange={(event) => changeText(event.target.value)}
        onKeyDown={onKey}
      />
      <span role="status" className="log-count num">
        {text !== '' && countText(search, current)}
      </span>
      <IconButton action={actions.previousMatch} icon="up" />
      <IconButton action={actions.nextMatch} icon="down" />
      <form className="log-jump" onSubmit={jump}>
        <input
          ref={line}
          type="text"
          inputMode="numeric"
          pattern="[0-9]*"
          aria-label="Jump to line"
          placeholder="Line"
        />
      </form>
      <span className="spacer" />
      {[actions.follow, actions.wrap].map((action) => (
        <button
          key={action.id}
          type="button"
          className="button small"
          aria-pressed={action.isOn}
          aria-label={action.label}
          aria-keyshortcuts={action.shortcut}
          onClick={action.run}
        >
          {action.id === 'follow' ? 'Follow' : 'Wrap'}
        </button>
      ))}
      <a className="button small" href={toHref(client.logs.textPath(step))} download={fileName(step)}>
        <Icon name="download" />
        Download
      </a>
    </div>
  );
}

function IconButton({ action, icon }: { readonly action: Action; readonly icon: 'up' | 'down' }) {
  return (
    <button
      type="button"
      className="button small square"
      aria-label={action.label}
      aria-keyshortcuts={action.shortcut}
      disabled={!action.isEnabled}
      onClick={action.run}
    >
      <Icon name={icon} />
    </button>
  );
}

function countText({ matches, isDone }: LogSearch, current: number): string {
  const total = `${matches.length.toLocaleString('en')}${isDone ? '' : '+'}`;
  const at = matches.indexOf(current);
  if (at >= 0) return `${at + 1} of ${total}`;
  return matches.length === 0 && isDone ? 'no match' : `${total} ${matches.length === 1 ? 'line' : 'lines'}`;
}

function fileName({ repo, build, stage, step }: StepRef): string {
  return `logs_${repo.replace('/', '_')}_${build}_${stage}_${step}.log`;
}
