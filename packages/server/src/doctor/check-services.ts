import type { GitServices } from '../services/git-service.ts';
import { askService, type ServiceAnswer } from '../services/list-connections.ts';
import { checkCertificate } from './check-certificate.ts';
import { type Diagnosis, fail, ok, warn } from './diagnosis.ts';

export interface CheckServicesDeps {
  readonly services: GitServices;
  /** PEM of `SORTIE_SERVICE_CA`; empty without. */
  readonly ca: readonly string[];
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly timeoutMs: number;
}

/** Clocks that differ by more than the first are worth a look; more than the second breaks signatures and tokens. */
export const SKEW_WARN_SECONDS = 30;
export const SKEW_FAIL_SECONDS = 240;

export interface ServicesReport {
  readonly diagnoses: readonly Diagnosis[];
  /** Ids of the connections whose services do not answer. */
  readonly down: ReadonlySet<number>;
}

/** Whether each connected Git service answers, with which version, certificate and clock. */
export async function checkServices(deps: CheckServicesDeps): Promise<ServicesReport> {
  const { services, ca, nowMs, timeoutMs } = deps;
  const down = new Set<number>();
  if (services.all.length === 0) {
    const message = 'No Git service is connected; the built-in Git host needs none.';
    return { diagnoses: [ok('forge', message)], down };
  }
  const found: Diagnosis[] = [];
  for (const service of services.all) {
    const { title, connection } = service;
    const answer = await askService(service, nowMs);
    found.push(judgeAnswer(title, connection.url, answer));
    if (!answer.isReachable) down.add(connection.id);
    if (answer.isReachable && answer.skew !== undefined) found.push(judgeSkew(title, answer.skew));
    const url = new URL(connection.url);
    if (url.protocol === 'https:' && !service.skipsVerify)
      found.push(await checkCertificate({ url, what: title, ca, nowMs, timeoutMs }));
  }
  return { diagnoses: found, down };
}

function judgeAnswer(title: string, url: string, answer: ServiceAnswer): Diagnosis {
  if (!answer.isReachable) return fail('forge', answer.message, answer.hint);
  const version = answer.version === '' ? '' : `, version ${answer.version}`;
  return ok('forge', `${title} answers at ${url}${version}.`);
}

/** What a difference of clocks means; `seconds` is how far the other one is ahead. */
export function judgeSkew(who: string, seconds: number): Diagnosis {
  const distance = Math.abs(seconds);
  if (distance <= SKEW_WARN_SECONDS)
    return ok('clock', `The clock of ${who} agrees with that of this machine.`);
  const direction = seconds > 0 ? 'ahead of' : 'behind';
  const message = `The clock of ${who} is ${distance} s ${direction} that of this machine.`;
  const hint =
    'Let both machines take their time from the same source, for example with chrony or systemd-timesyncd.';
  return distance > SKEW_FAIL_SECONDS ? fail('clock', message, hint) : warn('clock', message, hint);
}
