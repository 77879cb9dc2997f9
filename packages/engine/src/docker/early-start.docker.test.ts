import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import type Docker from 'dockerode';
import { openDocker } from './client.ts';
import { runSteps } from './docker-run.fixture.ts';
import { DockerEngine } from './engine.ts';
import { OWNER_LABEL } from './object-name.ts';

/** Everything that a step can ask of itself without a look at when it began. */
const LOOK = `
echo "0=$0 pid=$$ parent=$PPID args=$# flags=$- ifs=$(printf %s "$IFS" | od -c | head -1)"
env | grep -v '^\\(HOSTNAME\\|DRONE_DOCKER\\)' | sort
set | grep -v '^\\(HOSTNAME\\|DRONE_DOCKER\\|RANDOM\\)'
pwd; id; umask; ulimit -a; trap
ls -l /dev/stdin /dev/stdout | sed 's/.*root *[0-9]* .* \\/dev/\\/dev/'
cat; echo "input ends with $?"
read -r line; echo "read says $?"
ls -la /drone/src | wc -l; ls -A /tmp; ls /
`;

/** Runs until `letGo`. */
const HOLD = 'echo up; while [ ! -f go ]; do sleep 0.05; done';

describe('containers that are started before their turn', () => {
  let docker: Docker;
  const engines = new Map<number, DockerEngine>();

  before(async () => {
    docker = await openDocker({});
    for (const earlyStarts of [0, 3]) {
      const owner = `early${earlyStarts}-${process.pid}`;
      const git = { path: '/usr/bin:/bin' };
      const engine = new DockerEngine({ owner, tempDirectory: tmpdir(), git, earlyStarts });
      await engine.check(new AbortController().signal);
      engines.set(earlyStarts, engine);
    }
  });

  after(async () => {
    for (const engine of engines.values()) await engine.close();
  });

  function engineWith(earlyStarts: number): DockerEngine {
    const engine = engines.get(earlyStarts);
    assert.ok(engine);
    return engine;
  }

  /** Names of the steps whose containers run now. */
  async function running(earlyStarts: number): Promise<readonly string[]> {
    const filters = { label: [`${OWNER_LABEL}=early${earlyStarts}-${process.pid}`] };
    const containers = await docker.listContainers({ filters });
    return containers.map(({ Labels }) => Labels['io.drone.step.name'] ?? '').sort();
  }

  /** Asks until just these run; a container that is being started is not there at once. */
  async function awaitRunning(earlyStarts: number, names: readonly string[]): Promise<void> {
    while ((await running(earlyStarts)).join() !== names.join());
  }

  async function letGo(): Promise<void> {
    const filters = { label: ['io.drone.step.name=a'] };
    for (const { Id } of await docker.listContainers({ filters })) {
      const exec = await docker.getContainer(Id).exec({ Cmd: ['touch', 'go'] });
      await exec.start({});
    }
  }

  test('a later step waits, started, while an earlier one runs; unless that is switched off', async () => {
    for (const [earlyStarts, want] of [
      [3, ['a', 'b', 'c', 'e']],
      [0, ['a', 'beside']],
    ] as const) {
      let isSeen = false;
      const { steps } = await runSteps(
        engineWith(earlyStarts),
        `early${earlyStarts}`,
        [
          { name: 'beside', dependsOn: [], script: earlyStarts === 0 ? HOLD : 'true' },
          { name: 'a', dependsOn: [], script: HOLD },
          { name: 'b', dependsOn: ['a'], script: 'true' },
          { name: 'c', script: 'true' },
          { name: 'd', entrypoint: ['/bin/true'] },
          { name: 'e', script: 'true' },
          { name: 'f', script: 'true' },
        ],
        {
          onOutput: async (name) => {
            if (name !== 'a' || isSeen) return;
            isSeen = true;
            await awaitRunning(earlyStarts, want);
            await letGo();
          },
        },
      );
      assert.ok(isSeen);
      assert.ok(
        steps.every((step) => step.endsWith('success 0')),
        steps.join(),
      );
    }
  });

  test('a step cannot tell whether it was', async () => {
    const seen: string[] = [];
    for (const earlyStarts of [0, 3]) {
      const { steps, log } = await runSteps(engineWith(earlyStarts), `look${earlyStarts}`, [
        { name: 'first', script: 'sleep 1' },
        { name: 'look', script: LOOK, environment: { TEXT: 'two\nlines', 'MY-KEY': 'x', CI: 'true' } },
      ]);
      assert.deepEqual(steps, ['first success 0', 'look success 0'], log('look'));
      seen.push(log('look'));
    }
    assert.equal(seen[1], seen[0]);
    assert.match(seen[0] ?? '', /pid=1 parent=0 args=0/);
  });

  test('it receives what has changed since, and sees what earlier steps have left', async () => {
    const { steps, log } = await runSteps(engineWith(3), 'changed', [
      { name: 'a', script: 'sleep 0.5; echo left > file; exit 3' },
      { name: 'b', runPolicy: 'always', script: 'echo $DRONE_STAGE_STATUS $(cat file); exit 4' },
    ]);
    assert.deepEqual(steps, ['a failure 3', 'b failure 4']);
    assert.equal(log('b'), 'failure left\n');
  });

  test('what a shell cannot be told still reaches the step', async () => {
    let asked = 0;
    const { log } = await runSteps(
      engineWith(3),
      'untold',
      [
        { name: 'a', script: 'sleep 0.3' },
        { name: 'b', script: 'echo "$TEXT"' },
      ],
      {
        environmentFor: ({ name }) => {
          if (name === 'b') asked += 1;
          return { TEXT: name === 'b' && asked > 1 ? 'two\nlines' : 'early' };
        },
      },
    );
    assert.equal(log('b'), 'two\nlines\n');
  });

  test('a long script runs too, and a container that was killed while it waited is replaced', async () => {
    const { steps, log } = await runSteps(
      engineWith(3),
      'replaced',
      [
        { name: 'a', script: HOLD },
        { name: 'b', script: `: ${'x'.repeat(200_000)}\necho ran` },
        { name: 'c', script: 'echo ran' },
      ],
      {
        onOutput: async (name) => {
          if (name !== 'a') return;
          await awaitRunning(3, ['a', 'b', 'c']);
          for (const { Id } of await docker.listContainers({
            filters: { label: ['io.drone.step.name=c'] },
          })) {
            await docker.getContainer(Id).kill();
          }
          await letGo();
        },
      },
    );
    assert.deepEqual(steps, ['a success 0', 'b success 0', 'c success 0']);
    assert.deepEqual([log('b'), log('c')], ['ran\n', 'ran\n']);
  });
});
