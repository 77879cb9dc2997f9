import { AppError } from '@sortie/core/errors';
import { RUNNER_TRUSTS, type RunnerTrust } from '@sortie/core/runner-token';
import { openAccounts } from '@sortie/server/accounts';
import { parseDuration } from '@sortie/server/config-values';
import { readSettings } from './settings.ts';

export interface RunnerTokenOptions {
  readonly name: string;
  readonly namespace?: readonly string[];
  readonly repo?: readonly string[];
  readonly type?: readonly string[];
  /** `key:value` each. */
  readonly label?: readonly string[];
  readonly trust: string;
  readonly range?: readonly string[];
  /** A Go duration; never when absent. */
  readonly expires?: string;
}

/** `sortie runner-token`: as `sortie token`, for a runner on another machine. Only the token goes to standard output. */
export async function makeRunnerToken(options: RunnerTokenOptions): Promise<void> {
  const scope = {
    namespaces: options.namespace ?? [],
    repos: options.repo ?? [],
    types: options.type ?? [],
    labels: Object.fromEntries((options.label ?? []).map(toLabel)),
    trust: toTrust(options.trust),
  };
  const lifetimeMs = options.expires === undefined ? 0 : parseDuration(options.expires);
  const accounts = await openAccounts(readSettings(process.env));
  try {
    const request = { name: options.name, scope, ranges: options.range ?? [], lifetimeMs };
    process.stdout.write(`${await accounts.issueRunnerToken(request)}\n`);
    process.stderr.write('A token for a runner; it is shown this once. Set it there as DRONE_RPC_SECRET.\n');
  } finally {
    await accounts.close();
  }
}

function toLabel(text: string): readonly [string, string] {
  const at = text.indexOf(':');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new AppError('invalid-request', `${JSON.stringify(text)} is not a label.`, {
    hint: 'Write labels as key:value.',
  });
}

function toTrust(text: string): RunnerTrust {
  const trust = RUNNER_TRUSTS.find((known) => known === text);
  if (trust !== undefined) return trust;
  throw new AppError('invalid-request', `${JSON.stringify(text)} is no kind of trust.`, {
    hint: `Use one of: ${RUNNER_TRUSTS.join(', ')}.`,
  });
}
