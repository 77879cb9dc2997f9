/**
 * Starts a fake of a Git service, to be tried by hand: `npm run fake -- gogs [PORT]`. Says where it is and what a server
 * needs to know of it; Enter pushes a commit, which the webhooks tell of; Ctrl-C ends it.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import {
  FAKE_SERVICES,
  type FakeByHand,
  type FakeServiceName,
  openFakeByHand,
} from '@sortie/testing/fake-by-hand';

const [service = '', port = '0'] = process.argv.slice(2);
const name = FAKE_SERVICES.find((known) => known === service);
if (name !== undefined && /^\d{1,5}$/.test(port)) await main(name, Number(port));
else {
  console.error(`Usage: npm run fake -- ${FAKE_SERVICES.join('|')} [PORT]`);
  process.exitCode = 2;
}

async function main(which: FakeServiceName, at: number): Promise<void> {
  const fake = await openFakeByHand(which, at);
  // Only Gogs has a real repository behind it, so the others are not cloned.
  const file = pipeline(which === 'gogs' ? '' : 'clone: {disable: true}\n');
  const settings = Object.entries(fake.settings).map(([key, value]) => `  export ${key}=${value}`);
  console.log(`A fake of ${which} at ${fake.url}

Start a Sortie with
${settings.join('\n')}
  export SORTIE_RUNNER_ENGINES=exec

${fake.account} Activate ${fake.slug}. Enter pushes a commit with a pipeline file; Ctrl-C ends the fake.`);
  const lines = createInterface({ input: process.stdin });
  lines.on('line', () => void push(fake, file));
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  await once(stopped.signal, 'abort');
  lines.close();
  await fake.close();
}

async function push(fake: FakeByHand, file: string): Promise<void> {
  try {
    const answers = await fake.push(file);
    const told = answers.length === 0 ? 'there is no webhook yet' : `webhooks answered ${answers.join(', ')}`;
    console.log(`Pushed to main of ${fake.slug}: ${told}.`);
  } catch (error) {
    console.error('Pushed, but no webhook could be delivered:', error);
  }
}

function pipeline(clone: string): string {
  return `kind: pipeline
type: exec
name: default
${clone}steps:
  - name: hello
    commands:
      - echo "hello from $DRONE_COMMIT"
`;
}
