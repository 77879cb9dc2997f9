import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { after, before, describe, test } from 'node:test';
import type Docker from 'dockerode';
import { openDocker } from './client.ts';
import { awaitRunning, HOLD, letGo, runSteps } from './docker-run.fixture.ts';
import { DockerEngine } from './engine.ts';

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

describe('containers that are started before their turn', () => {
  let docker: Docker;
  const engines = new Map<number, DockerEngine>();
  const ownerOf = (earlyStarts: number): string => `early${earlyStarts}-${process.pid}`;

  before(async () => {
    docker = await openDocker({});
    for (const earlyStarts of [0, 3]) {
      const owner = ownerOf(earlyStarts);
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

  /** At the first output of the step: waits until just these run, then lets it go. */
  function letGoAfterStarts(
    earlyStarts: number,
    step: string,
    names: readonly string[],
  ): (name: string) => Promise<void> {
    let isSeen = false;
    return async (name) => {
      if (name !== step || isSeen) return;
      isSeen = true;
      await awaitRunning(docker, ownerOf(earlyStarts), names);
      await letGo(docker, ownerOf(earlyStarts), step);
    };
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
            await awaitRunning(docker, ownerOf(earlyStarts), want);
            await letGo(docker, ownerOf(earlyStarts), 'a');
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
      const { steps, log } = await runSteps(
        engineWith(earlyStarts),
        `look${earlyStarts}`,
        [
          { name: 'first', script: HOLD },
          { name: 'look', script: LOOK, environment: { TEXT: 'two\nlines', 'MY-KEY': 'x', CI: 'true' } },
        ],
        {
          onOutput: letGoAfterStarts(earlyStarts, 'first', earlyStarts === 0 ? ['first'] : ['first', 'look']),
        },
      );
      assert.deepEqual(steps, ['first success 0', 'look success 0'], log('look'));
      // The numbers of processes begin a little higher or lower each time.
      seen.push(log('look').replace(/pid=\d+/, 'pid=N'));
    }
    assert.equal(seen[1], seen[0]);
    assert.match(seen[0] ?? '', /pid=N parent=1 args=0/);
  });

  test('it receives what has changed since, and sees what earlier steps have left', async () => {
    const { steps, log } = await runSteps(
      engineWith(3),
      'changed',
      [
        { name: 'a', script: `${HOLD}; echo left > file; exit 3` },
        { name: 'b', runPolicy: 'always', script: 'echo $DRONE_STAGE_STATUS $(cat file); exit 4' },
      ],
      { onOutput: letGoAfterStarts(3, 'a', ['a', 'b']) },
    );
    assert.deepEqual(steps, ['a failure 3', 'b failure 4']);
    assert.equal(log('b'), 'failure left\n');
  });

  test('what a shell cannot be told still reaches the step', async () => {
    let asked = 0;
    const { log } = await runSteps(
      engineWith(3),
      'untold',
      [
        { name: 'a', script: HOLD },
        { name: 'b', script: 'echo "$TEXT"' },
      ],
      {
        environmentFor: ({ name }) => {
          if (name === 'b') asked += 1;
          return { TEXT: name === 'b' && asked > 1 ? 'two\nlines' : 'early' };
        },
        onOutput: letGoAfterStarts(3, 'a', ['a', 'b']),
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
          const [, , last] = await awaitRunning(docker, ownerOf(3), ['a', 'b', 'c']);
          const killed = docker.getContainer(last ?? '');
          await killed.kill();
          // Its end is told to everybody before this is answered.
          await killed.wait();
          await letGo(docker, ownerOf(3), 'a');
        },
      },
    );
    assert.deepEqual(steps, ['a success 0', 'b success 0', 'c success 0']);
    assert.deepEqual([log('b'), log('c')], ['ran\n', 'ran\n']);
  });
});
