/**
 * Starts a fake of a Git service, to be tried by hand: `npm run fake -- gogs [PORT]`. It has an account, a token and a
 * repository, says where it is, and ends with Ctrl-C.
 */
import { once } from 'node:events';
import { startFakeGogs } from '@sortie/testing/fake-gogs/fake-gogs';

const [service, port = '0'] = process.argv.slice(2);
if (service === 'gogs' && /^\d+$/.test(port)) await runGogs(Number(port));
else {
  console.error('Usage: npm run fake -- gogs [PORT]. The other services have fakes for the tests only.');
  process.exitCode = 2;
}

async function runGogs(at: number): Promise<void> {
  const gogs = await startFakeGogs({ port: at });
  gogs.addUser('ada');
  const token = gogs.addToken('ada');
  gogs.addRepo('ada/demo', { modes: { ada: 'admin' } });
  console.log(
    `A fake Gogs at ${gogs.url}\naccount: ada, password: Pw-ada, token: ${token}, repository: ada/demo`,
  );
  await once(process, 'SIGINT');
  await gogs.close();
}
