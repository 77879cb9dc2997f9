import { CONNECTION_KINDS } from '@sortie/core/connection';
import { AppError } from '@sortie/core/errors';
import { lowerName } from '@sortie/core/names';

/** Who gets an account by signing in (config-extensions-ops.md 7.2). */
export interface AdmissionRules {
  /**
   * `DRONE_USER_FILTER` in lower case: logins and organisations, each also as `SERVICE:NAME`, which counts at that
   * service only; empty = everybody.
   */
  readonly allowedNames: readonly string[];
  /** `DRONE_REGISTRATION_CLOSED`. */
  readonly isClosed: boolean;
  /** `DRONE_MIN_AGE`; 0 = any. */
  readonly minAgeSeconds: number;
}

export interface Applicant {
  /** Name of the connection that they come from. */
  readonly service: string;
  readonly login: string;
  /** Unix seconds; absent when the service does not say. */
  readonly created?: number;
  /** Names of the organisations or groups they belong to; asked only when the filter needs them. */
  readonly listOrgs: () => Promise<readonly string[]>;
}

const MAX_ORGS = 100;

/**
 * Lets somebody new in or throws: `sign-in-membership`, `registration-closed`, `account-too-new`, in this order. The
 * sentences are Drone's.
 */
export async function requireAdmission(
  rules: AdmissionRules,
  applicant: Applicant,
  now: number,
): Promise<void> {
  if (!(await isAllowed(rules, applicant))) {
    throw new AppError('sign-in-membership', 'User must be a member of an approved organization', {
      hint: 'Ask an administrator of this server to add you or your organisation to DRONE_USER_FILTER.',
    });
  }
  if (rules.isClosed) {
    throw new AppError('registration-closed', 'User registration is disabled', {
      hint: 'Ask an administrator of this server to make an account with your login first.',
    });
  }
  const { created } = applicant;
  if (rules.minAgeSeconds > 0 && created !== undefined && created + rules.minAgeSeconds > now) {
    throw new AppError('account-too-new', 'Cannot verify user authenticity', {
      hint: 'The account at the service is too young for this server; come back later.',
    });
  }
}

async function isAllowed({ allowedNames }: AdmissionRules, applicant: Applicant): Promise<boolean> {
  if (allowedNames.length === 0) return true;
  const allowed = new Set(allowedNames.flatMap((entry) => nameAt(applicant.service, entry)));
  if (allowed.has(lowerName(applicant.login))) return true;
  const orgs = await applicant.listOrgs();
  return orgs.slice(0, MAX_ORGS).some((org) => allowed.has(lowerName(org)));
}

/** The name that an entry of the filter has at the service; none for an entry of another service. */
function nameAt(service: string, entry: string): readonly string[] {
  const colon = entry.indexOf(':');
  const prefix = colon < 0 ? '' : entry.slice(0, colon).trim();
  // Groups of an identity provider may have colons themselves.
  if (!CONNECTION_KINDS.some((kind) => kind === prefix)) return [entry];
  return prefix === service ? [entry.slice(colon + 1).trim()] : [];
}
