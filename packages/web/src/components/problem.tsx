import { SortieError } from '@sortie/sdk/errors';

interface ProblemProps {
  /** What was tried, for example "The builds could not be read". */
  readonly what: string;
  readonly error: unknown;
  readonly retry?: () => void;
}

/** What failed, why, what to do, and the id that finds it in the server's log. */
export function Problem({ what, error, retry }: ProblemProps) {
  const known = error instanceof SortieError ? error : undefined;
  return (
    <div className="problem" role="alert">
      <p className="problem-title">{what}</p>
      <p>{known?.message ?? (error instanceof Error ? error.message : 'Something unexpected happened.')}</p>
      {known?.hint !== undefined && <p>{known.hint}</p>}
      {known?.requestId !== undefined && <p className="fine">Request {known.requestId}</p>}
      {retry !== undefined && (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
