import { SortieError } from '@sortie/sdk/errors';
import { signInProblem } from '../lib/sign-in-problem.ts';
import { Problem } from './problem.tsx';

/** Why a form did not let anybody in; takes the focus where no field is to blame. */
export function SignInError({ error }: { readonly error: unknown }) {
  if (!(error instanceof SortieError) || error.kind !== 'api') {
    return <Problem what="The sign-in did not work" error={error} />;
  }
  const { cause, remedy } = signInProblem(error.errorCode);
  // What the server says names the service, for example with the address that does not answer.
  const isOfService = error.errorCode.startsWith('service-');
  return (
    <div className="problem" role="alert" tabIndex={-1}>
      <p className="problem-title">{cause}</p>
      {isOfService && <p>{error.message}</p>}
      <p>{(isOfService ? error.hint : undefined) ?? remedy}</p>
      {error.requestId !== undefined && <p className="fine">Request {error.requestId}</p>}
    </div>
  );
}
