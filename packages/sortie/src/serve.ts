import { createPainter } from '@sortie/cli/paint';
import type { Config } from '@sortie/server/config-build';
import { pino } from 'pino';
import { type Launched, launch } from './launch.ts';
import { readSettings } from './settings.ts';
import { listenToStopSignals } from './stop-signals.ts';

/** `sortie serve`: runs the server until it is told to stop. */
export async function serve(): Promise<void> {
  const signals = listenToStopSignals();
  const config = readSettings(process.env);
  const log = pino(
    { level: config.logging.level, base: undefined },
    pino.destination({ dest: 2, sync: true }),
  );
  for (const warning of config.warnings) log.warn(warning);
  const launched = await launch(config, log);
  await greet(launched, config);
  const signal = await signals.first;
  process.stdout.write(`\nStopping (${signal}); press Ctrl-C again to end running builds at once.\n`);
  const hurry = signals.again.then(() => launched.close(0));
  await Promise.race([launched.close(config.server.stopGraceMs), hurry]);
}

async function greet(
  { server, engineNotes, types }: Launched,
  { dataFolder, services }: Config,
): Promise<void> {
  const painter = createPainter(process.stdout.isTTY === true);
  const { publicUrl } = server;
  const link = await server.firstSignIn();
  const lines = [
    painter.strong(`Sortie is ready at ${publicUrl}`),
    `  data folder: ${dataFolder}`,
    `  runs pipelines of type: ${types.length === 0 ? 'none' : types.join(', ')}`,
    ...services.services.map((service) => `  connected: ${service.title} at ${service.server}`),
    ...engineNotes.map((note) => `  note: ${note}`),
    '',
    ...signInWithService(publicUrl, services),
    ...(link === undefined
      ? [`Sign in at ${publicUrl} (npx sortie sign-in makes a new link).`]
      : [`Sign in, once: ${link}`]),
    '',
    'Push any repository with a .drone.yml to build it:',
    '  npx sortie token                  # prints a password for git',
    `  git remote add sortie ${publicUrl}/git/OWNER/NAME.git`,
    '  git push sortie HEAD',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Most people come with their account at a service; the link is for the administrator. */
function signInWithService(publicUrl: string, { services }: Config['services']): readonly string[] {
  if (services.length === 0) return [];
  return [`Sign in with ${services.map(({ title }) => title).join(' or ')} at ${publicUrl}/login`];
}
