import { AppError } from '@sortie/core/errors';
import { parseGitName } from '@sortie/core/names';

export const SERVICES = ['git-upload-pack', 'git-receive-pack'] as const;
export type Service = (typeof SERVICES)[number];

/** Which repository a request is about and what it wants (scm.md 7.1). Names are checked and lower-case. */
export interface GitRoute {
  readonly namespace: string;
  readonly name: string;
  readonly service: Service;
  /** `advertise` lists the refs, `rpc` moves objects. */
  readonly phase: 'advertise' | 'rpc';
}

const PREFIX = '/git/';
// Everything a usable address can hold: what is encoded or not ASCII is refused, never decoded.
const PLAIN_PATH = /^[A-Za-z0-9._/-]+$/;

/** Throws `not-found` for addresses that cannot be a repository, `forbidden` for the old "dumb" protocol. */
export function parseRoute(method: string, url: string): GitRoute {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  if (!path.startsWith(PREFIX) || !PLAIN_PATH.test(path)) throw noSuchAddress();
  const [namespace = '', repository = '', ...tail] = path.slice(PREFIX.length).split('/');
  const wish = tail.join('/');
  const names = { namespace: parseName('namespace', namespace), name: parseRepository(repository) };
  if (wish === 'info/refs' && method === 'GET') {
    const service = new URLSearchParams(mark < 0 ? '' : url.slice(mark)).get('service');
    return { ...names, service: parseService(service), phase: 'advertise' };
  }
  const service = SERVICES.find((known) => known === wish);
  if (service === undefined || method !== 'POST') throw noSuchAddress();
  return { ...names, service, phase: 'rpc' };
}

function parseService(service: string | null): Service {
  const known = SERVICES.find((candidate) => candidate === service);
  if (known !== undefined) return known;
  throw new AppError('forbidden', 'Only the smart Git protocol is spoken here.', {
    hint: 'Use git 1.6.6 or newer, without GIT_SMART_HTTP=0.',
  });
}

function parseRepository(segment: string): string {
  return parseName('repository', segment.replace(/\.git$/i, ''));
}

/** A name that cannot exist is a repository that does not exist: 404 with the rule as its text. */
function parseName(kind: 'namespace' | 'repository', text: string): string {
  try {
    return parseGitName(kind, text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError('not-found', error.message, { hint: error.hint, cause: error });
  }
}

function noSuchAddress(): AppError {
  return new AppError('not-found', 'This is not the address of a Git repository.', {
    hint: 'Repository addresses look like /git/OWNER/NAME.git, in letters, digits, ".", "_" and "-" only.',
  });
}
