import { isNotFound, SortieError } from '@sortie/sdk/errors';
import type { Build, Step } from '@sortie/sdk/types';
import { useLog } from '../hooks/log.ts';
import { formatBytes } from '../lib/duration.ts';
import { noticeFor } from '../lib/log-state.ts';
import type { Selection } from '../lib/select-step.ts';
import { LogView } from './log-view.tsx';
import { Problem } from './problem.tsx';
import { Skeleton } from './skeleton.tsx';
import { StatusBadge } from './status.tsx';
import { Elapsed } from './time.tsx';

interface LogPanelProps {
  readonly slug: string;
  readonly build: Build;
  readonly selection: Selection;
}

/** The log of the chosen step, or the reason why there is none. */
export function LogPanel({ slug, build, selection }: LogPanelProps) {
  const { stage, step } = selection;
  const notice = noticeFor(build, stage, step);
  return (
    <section className="log-panel" aria-labelledby="log-title">
      <div className="log-head">
        <h2 id="log-title">{step?.name ?? stage.name}</h2>
        <StatusBadge status={step?.status ?? stage.status} />
        {step?.image !== undefined && <span className="fine log-image">{step.image}</span>}
      </div>
      {step !== undefined && step.error !== undefined && <p className="log-error">{step.error}</p>}
      {step === undefined && notice === undefined && stage.error !== undefined && (
        <p className="log-error">{stage.error}</p>
      )}
      {notice === undefined && step !== undefined ? (
        <StepLog key={`${step.id}`} {...{ slug, build, selection, step }} />
      ) : (
        <div className="log-notice">
          <h3>{notice?.title}</h3>
          <p>{notice?.detail}</p>
        </div>
      )}
    </section>
  );
}

function StepLog({ slug, build, selection, step }: LogPanelProps & { readonly step: Step }) {
  const ref = { repo: slug, build: build.number, stage: selection.stage.number, step: step.number };
  const log = useLog(ref, step.status === 'running', `${step.id}`);
  if (log.phase === 'failed' && log.buffer.lineCount === 0) {
    return <LogFailure error={log.error} retry={log.retry} />;
  }
  if (log.phase === 'loading' && log.buffer.lineCount === 0)
    return <Skeleton rows={8} label="Loading the log" />;
  const isPartial = log.phase === 'loading' && log.total > log.buffer.size;
  return (
    <>
      <LogView log={log} step={ref} />
      <footer className="log-foot">
        {step.status !== 'running' && <span>exit code {step.exit_code}</span>}
        <Elapsed started={step.started ?? 0} ended={step.stopped ?? 0} />
        <span className="num">{log.buffer.lineCount.toLocaleString('en')} lines</span>
        <span className="num">
          {isPartial
            ? `${formatBytes(log.buffer.size)} of ${formatBytes(log.total)}`
            : formatBytes(log.buffer.size)}
        </span>
        <span role="status" className="log-phase" data-phase={log.phase}>
          {log.phase === 'live' && 'live'}
          {log.phase === 'reconnecting' && 'reconnecting…'}
        </span>
      </footer>
      {log.phase === 'failed' && <LogFailure error={log.error} retry={log.retry} />}
    </>
  );
}

function LogFailure({ error, retry }: { readonly error: unknown; readonly retry: () => void }) {
  if (isNotFound(error)) {
    const status = error instanceof SortieError ? error.body.step_status : undefined;
    return (
      <div className="log-notice">
        <h3>{typeof status === 'string' ? 'This step has no log yet' : 'The log is gone'}</h3>
        <p>
          {typeof status === 'string'
            ? `The server says that the step is ${status.replaceAll('_', ' ')}.`
            : 'It was removed, or the step had no output that was stored.'}
        </p>
        <button type="button" className="button" onClick={retry}>
          Look again
        </button>
      </div>
    );
  }
  return <Problem what="The log could not be read" error={error} retry={retry} />;
}
