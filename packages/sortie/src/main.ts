import { addLocalCommands } from '@sortie/cli/commands/local-commands';
import { describeFailure } from '@sortie/cli/failure';
import { Command, CommanderError } from 'commander';
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
  .command('sign-in')
  .description('make a new one-time sign-in link')
  .option('--user <login>', 'whom it signs in; the first administrator unless given')
  .action(async (options: { user?: string }) => {
    const { makeSignInLink } = await import('./token.ts');
    await makeSignInLink(options);
  });

program
  .command('config')
  .description('print the settings that are in force, secrets masked')
  .action(async () => {
    const { printConfig } = await import('./settings.ts');
    printConfig();
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
