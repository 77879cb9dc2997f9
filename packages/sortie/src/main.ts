import { addLocalCommands } from '@sortie/cli/commands/local-commands';
import { describeFailure } from '@sortie/cli/failure';
import { Command, CommanderError } from 'commander';
import type { RunnerTokenOptions } from './runner-token.ts';
import { createTerminal } from './terminal.ts';
import { VERSION } from './version.ts';

/** The executable: reads the command line and loads what the command needs, nothing else. */
const program = new Command('sortie')
  .description('A self-hosted CI/CD server that builds what you push.')
  .version(VERSION)
  .showHelpAfterError('Run "sortie --help" for the commands.')
  .exitOverride();

program
  .command('serve')
  .description('start the server with its Git host and runner')
  .action(async () => {
    const { serve } = await import('./serve.ts');
    await serve();
  });

program
  .command('runner')
  .description('run pipelines for a Sortie or Drone server on another machine')
  .action(async () => {
    const { runRemotely } = await import('./remote-runner.ts');
    await runRemotely();
  });

program
  .command('demo')
  .description('start a throw-away server and watch an example push become a build')
  .option('--once', 'end with the exit status of the build instead of serving on')
  .action(async (options: { once?: boolean }) => {
    const { demo } = await import('./demo.ts');
    process.exitCode = await demo({ isOnce: options.once === true });
  });

program
  .command('token')
  .description('make an API token, for git over HTTP and for programs')
  .option('--user <login>', 'whose token it is; the first administrator unless given')
  .option('--name <name>', 'what the token is for', 'command line')
  .option('--scope <scope...>', 'what it may do', ['all'])
  .option('--expires <duration>', 'how long it lives, for example 720h; for ever unless given')
  .action(async (options: { user?: string; name: string; scope: string[]; expires?: string }) => {
    const { makeToken } = await import('./token.ts');
    await makeToken(options);
  });

program
  .command('runner-token')
  .description('make a token for a runner on another machine, to be set there as DRONE_RPC_SECRET')
  .requiredOption('--name <name>', 'which runner it is for')
  .option('--namespace <name...>', 'the namespaces that it serves; all unless given')
  .option('--repo <glob...>', 'the repositories that it serves, for example octocat/*')
  .option('--type <type...>', 'the types of pipelines that it serves; all unless given')
  .option('--label <key:value...>', 'exactly the labels that it serves; any unless given')
  .option('--trust <trust>', 'any, trusted or untrusted repositories', 'any')
  .option('--range <network...>', 'the networks that it may be used from; all unless given')
  .option('--expires <duration>', 'how long it lives, for example 720h; for ever unless given')
  .action(async (options: RunnerTokenOptions) => {
    const { makeRunnerToken } = await import('./runner-token.ts');
    await makeRunnerToken(options);
  });

program
  .command('sign-in')
  .description('make a new one-time sign-in link')
  .option('--user <login>', 'whom it signs in; the first administrator unless given')
  .action(async (options: { user?: string }) => {
    const { makeSignInLink } = await import('./token.ts');
    await makeSignInLink(options);
  });

program
  .command('rotate-secrets')
  .description('encrypt what the database keeps secret with the present key, beside a running server')
  .action(async () => {
    const { printRotation } = await import('./rotate-secrets.ts');
    await printRotation();
  });

program
  .command('config')
  .description('print the settings that are in force, secrets masked')
  .action(async () => {
    const { printConfig } = await import('./settings.ts');
    printConfig();
  });

program
  .command('doctor')
  .description('check settings, data, database, git, Docker, runner, Git services, webhooks, clock and TLS')
  .option('--json', 'print a JSON list for programs')
  .action(async (options: { json?: boolean }) => {
    const { runDoctor } = await import('./doctor.ts');
    process.exitCode = await runDoctor(options);
  });

addLocalCommands(program, createTerminal(), (code) => {
  process.exitCode = code;
});

/** Arguments that cannot be understood; everything else that fails is 1. */
const EXIT_USAGE = 2;

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = isHelp(error) ? 0 : EXIT_USAGE;
  else {
    process.stderr.write(describeFailure(error));
    process.exitCode = 1;
  }
}

/** Help and version are what was asked for, also when it was asked for by saying nothing. */
function isHelp({ code, exitCode }: CommanderError): boolean {
  return exitCode === 0 || code === 'commander.help';
}
