import type { StepRef } from '@sortie/sdk/types';
import { useState } from 'react';
import { logActions } from '../actions/log.ts';
import type { LogState } from '../hooks/log.ts';
import { useLogSearch } from '../hooks/log-search.ts';
import { useRouter } from '../hooks/router.tsx';
import { useActions } from '../hooks/shortcuts.tsx';
import { useStored } from '../hooks/stored.ts';
import { formatLineRange, type LineRange, parseLineRange } from '../lib/line-range.ts';
import { stepMatch } from '../lib/log-search.ts';
import { LogLines } from './log-lines.tsx';
import { LogToolbar } from './log-toolbar.tsx';

/** A log with everything to find one's way in it. */
export function LogView({ log, step }: { readonly log: LogState; readonly step: StepRef }) {
  const { hash, navigate } = useRouter();
  const range = parseLineRange(hash);
  const isNarrow = window.matchMedia('(max-width: 575px)').matches;
  const [wrap, setWrap] = useStored('log_wrap', isNarrow ? 'on' : 'off');
  const [isFollowing, setFollowing] = useState(range === undefined);
  const [text, setText] = useState('');
  const [current, setCurrent] = useState(-1);
  const search = useLogSearch(log.buffer, log.revision, text);

  const goToMatch = (direction: 1 | -1) => {
    const at = stepMatch(search.matches, current, direction);
    const line = search.matches[at];
    if (line === undefined) return;
    setFollowing(false);
    setCurrent(line);
  };
  const select = (next: LineRange) => {
    setFollowing(false);
    setCurrent(-1);
    navigate(formatLineRange(next), { replace: true });
  };
  const actions = logActions({
    isFollowing,
    isWrapped: wrap === 'on',
    hasMatches: search.matches.length > 0,
    hasText: log.buffer.lineCount > 0,
    setFollowing,
    setWrapped: (on) => setWrap(on ? 'on' : 'off'),
    goToMatch,
  });
  useActions('This log', Object.values(actions));

  if (log.buffer.lineCount === 0) {
    return (
      <div className="log-notice">
        <h3>{log.phase === 'done' ? 'No output' : 'No output yet'}</h3>
        <p>
          {log.phase === 'done'
            ? 'The step ended without writing anything.'
            : 'Lines appear here as they are written.'}
        </p>
      </div>
    );
  }
  const changeText = (next: string) => {
    setText(next);
    setCurrent(-1);
  };
  return (
    <>
      <LogToolbar
        {...{ step, text, changeText, search, current, actions, select, lineCount: log.buffer.lineCount }}
      />
      <LogLines
        log={log}
        isWrapped={wrap === 'on'}
        isFollowing={isFollowing}
        setFollowing={setFollowing}
        pattern={search.pattern}
        current={current}
        range={range}
        select={select}
      />
    </>
  );
}
