import { EVENTS } from '@sortie/core/build';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LocalBuildOptions } from './local-build.ts';

/** What the flags of `withBuild` say, as commander names them. */
export interface BuildFlags {
  readonly event: LocalBuildOptions['event'];
  readonly branch: string;
  readonly source?: string;
  readonly ref?: string;
  readonly sha: string;
  readonly repo: string;
  readonly action: string;
  readonly deployTo: string;
  readonly cron: string;
  readonly message: string;
  readonly instance: string;
  readonly param: readonly string[];
  readonly changedFile?: readonly string[];
  readonly trusted: boolean;
  readonly templates?: string;
}

/** Adds the flags that describe the build a file is looked at for. */
export function withBuild(command: Command): Command {
  return command
    .addOption(new Option('--event <event>', 'event of the build').choices(EVENTS).default('push'))
    .option('--branch <name>', 'branch that is built; target branch of a pull request', 'main')
    .option('--source <name>', 'source branch of a pull request')
    .option('--ref <ref>', 'full ref; made from event and branch unless given')
    .option('--sha <commit>', 'commit', '')
    .option('--repo <namespace/name>', 'repository', 'octo/hello')
    .option('--action <action>', 'what happened to a pull request', '')
    .option('--deploy-to <environment>', 'target of a promotion', '')
    .option('--cron <name>', 'cron job that starts the build', '')
    .option('--message <text>', 'commit message', '')
    .option('--instance <host>', 'host name of the server', 'localhost')
    .option('--param <name=value>', 'parameter of the build', collect, [])
    .option('--changed-file <path>', 'file that has changed; without any all may have', collect)
    .option('--trusted', 'the repository is trusted', false)
    .option('--templates <folder>', 'where the templates of the organisation lie');
}

export function toBuild({ param, changedFile, ...flags }: BuildFlags): LocalBuildOptions {
  const params = Object.fromEntries(param.map(toPair));
  return { ...flags, params, ...(changedFile === undefined ? {} : { changedFiles: changedFile }) };
}

function toPair(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError(`Write NAME=VALUE, not ${JSON.stringify(text)}.`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

/** The event of that name; throws what commander shows for others. */
export function toEvent(text: string): LocalBuildOptions['event'] {
  const event = EVENTS.find((known) => known === text);
  if (event === undefined) throw new InvalidArgumentError(`Events are ${EVENTS.join(', ')}.`);
  return event;
}

/** For flags that may come more than once. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
