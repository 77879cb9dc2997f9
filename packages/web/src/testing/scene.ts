import type { Build, BuildConfig, Repo, Token } from '@sortie/sdk/types';
import { aBuild, aRepo, aStage, aStep } from './sample.ts';
import { NO_SERVICES, type ServicesScene } from './services-scene.ts';

/** What the fixture server shows; times are relative to `now` (unix seconds). */
export interface Scene {
  readonly repos: readonly Repo[];
  readonly builds: ReadonlyMap<string, readonly Build[]>;
  readonly configs: ReadonlyMap<string, BuildConfig>;
  readonly tokens: readonly Token[];
  /** Raw logs by `build/stage/step` of octo/hello. */
  readonly logs: ReadonlyMap<string, string>;
  readonly services: ServicesScene;
}

const PERMISSIONS = { read: true, write: true, admin: true };

/** A server in the middle of a working day. */
export function workingDay(now: number): Scene {
  const hello = [runningBuild(now), failedBuild(now), ...olderBuilds(now)];
  const broken = errorBuild(now);
  const repos = [
    aRepo({
      id: 1,
      name: 'hello',
      slug: 'octo/hello',
      build: hello[0],
      counter: 42,
      permissions: PERMISSIONS,
    }),
    aRepo({ id: 2, name: 'broken', slug: 'octo/broken', build: broken, permissions: PERMISSIONS }),
    ...['parser', 'website', 'mailer', 'a-repository-with-quite-a-long-name-that-must-not-break-the-row'].map(
      (name, at) =>
        aRepo({
          id: 10 + at,
          name,
          slug: `octo/${name}`,
          build: aBuild({
            id: 900 + at,
            number: 17 + at * 30,
            status: (['success', 'failure', 'killed', 'blocked'] as const)[at],
            message: [
              'Bump the grammar',
              'Move the footer below the fold',
              'Retry on 4.2.1',
              'Try the release',
            ][at],
            created: now - 4_000 * (at + 1),
            started: now - 4_000 * (at + 1) + 8,
            finished: now - 4_000 * (at + 1) + 90 * (at + 1),
          }),
        }),
    ),
    aRepo({ id: 30, namespace: 'acme', name: 'fresh', slug: 'acme/fresh' }),
  ];
  return {
    repos,
    builds: new Map([
      ['octo/hello', hello],
      ['octo/broken', [broken]],
    ]),
    configs: new Map([['octo/broken/1', brokenConfig]]),
    tokens: [
      {
        id: 1,
        name: 'laptop',
        prefix: 'srt_7Qd2',
        scopes: ['all'],
        expires: now + 6_000_000,
        last_used: now - 300,
        created: now - 90_000,
      },
      {
        id: 2,
        name: 'release robot',
        prefix: 'srt_mk81',
        scopes: ['builds:read', 'git:write'],
        expires: 0,
        last_used: 0,
        created: now - 9_000,
      },
    ],
    logs: new Map([
      ['41/1/3', failedLog()],
      ['41/1/1', '+ git fetch origin +refs/heads/main\nFrom http://ci.example.com/git/octo/hello\n'],
      ['40/1/1', bigLog()],
      ['40/1/2', ''],
    ]),
    services: NO_SERVICES,
  };
}

function runningBuild(now: number): Build {
  const steps = [
    aStep({ id: 1, name: 'clone', started: now - 64, stopped: now - 60 }),
    aStep({
      id: 2,
      number: 2,
      name: 'install',
      image: 'node:22',
      depends_on: ['clone'],
      started: now - 60,
      stopped: now - 30,
    }),
    aStep({
      id: 3,
      number: 3,
      name: 'lint',
      image: 'node:22',
      depends_on: ['install'],
      started: now - 30,
      stopped: now - 21,
    }),
    aStep({
      id: 4,
      number: 4,
      name: 'test',
      image: 'node:22',
      status: 'running',
      depends_on: ['install'],
      started: now - 30,
      stopped: 0,
    }),
    aStep({
      id: 5,
      number: 5,
      name: 'package',
      image: 'node:22',
      status: 'pending',
      depends_on: ['lint', 'test'],
      started: 0,
      stopped: 0,
    }),
    aStep({
      id: 6,
      number: 6,
      name: 'postgres',
      image: 'postgres:17',
      status: 'running',
      detached: true,
      started: now - 60,
      stopped: 0,
    }),
  ];
  return aBuild({
    id: 42,
    number: 42,
    status: 'running',
    event: 'pull_request',
    action: 'opened',
    ref: 'refs/pull/12/head',
    title: 'Let the scheduler resume where it stopped',
    created: now - 70,
    started: now - 64,
    finished: 0,
    stages: [
      aStage({ id: 1, name: 'verify', status: 'running', started: now - 64, stopped: 0, steps }),
      aStage({
        id: 2,
        number: 2,
        name: 'docs',
        started: now - 64,
        stopped: now - 40,
        steps: [
          aStep({ id: 11, started: now - 64, stopped: now - 60 }),
          aStep({ id: 12, number: 2, name: 'render', started: now - 60, stopped: now - 40 }),
        ],
      }),
      aStage({ id: 3, number: 3, name: 'arm64', status: 'pending', arch: 'arm64', started: 0, stopped: 0 }),
      aStage({
        id: 4,
        number: 4,
        name: 'deploy',
        status: 'waiting_on_dependencies',
        depends_on: ['verify', 'docs', 'arm64'],
        started: 0,
        stopped: 0,
      }),
    ],
  });
}

function failedBuild(now: number): Build {
  const begun = now - 3_000;
  return aBuild({
    id: 41,
    number: 41,
    status: 'failure',
    message: 'Teach the parser about nested lists',
    created: begun - 5,
    started: begun,
    finished: begun + 95,
    stages: [
      aStage({
        id: 21,
        name: 'verify',
        status: 'failure',
        started: begun,
        stopped: begun + 95,
        steps: [
          aStep({ id: 22, started: begun, stopped: begun + 4 }),
          aStep({ id: 23, number: 2, name: 'install', started: begun + 4, stopped: begun + 40 }),
          aStep({
            id: 24,
            number: 3,
            name: 'test',
            image: 'node:22',
            status: 'failure',
            exit_code: 1,
            started: begun + 40,
            stopped: begun + 95,
          }),
          aStep({ id: 25, number: 4, name: 'package', status: 'skipped', started: 0, stopped: 0 }),
        ],
      }),
    ],
  });
}

function olderBuilds(now: number): readonly Build[] {
  const statuses = [
    'success',
    'success',
    'failure',
    'success',
    'killed',
    'success',
    'declined',
    'skipped',
  ] as const;
  return Array.from({ length: 40 }, (_, at) => {
    const created = now - 7_200 * (at + 1);
    const seconds = 60 + ((at * 37) % 110);
    return aBuild({
      id: 40 - at,
      number: 40 - at,
      status: statuses[at % statuses.length],
      message: [
        'Tidy the queue',
        'Raise the limit of open files',
        'Name the flaky test',
        'Read settings once',
      ][at % 4],
      created,
      started: created + 6,
      finished: created + 6 + seconds,
      stages: [
        aStage({
          id: 100 + at,
          started: created + 6,
          stopped: created + 6 + seconds,
          steps: [
            aStep({ id: 500 + at, name: 'soak', started: created + 6, stopped: created + 60 }),
            aStep({ id: 700 + at, number: 2, name: 'silent', started: created + 60, stopped: created + 61 }),
          ],
        }),
      ],
    });
  });
}

function errorBuild(now: number): Build {
  return aBuild({
    id: 77,
    number: 1,
    status: 'error',
    error: '.drone.yml:7:3: error: unknown key "comands"',
    message: 'Add a pipeline',
    created: now - 500,
    started: now - 500,
    finished: now - 500,
    stages: [],
  });
}

const brokenConfig: BuildConfig = {
  text: 'kind: pipeline\ntype: docker\nname: default\nsteps:\n- name: test\n  image: node:22\n  comands:\n  - npm test\n- name: test\n  image: node:22\n',
  findings: [
    {
      severity: 'warning',
      code: 'duplicate-step',
      message: 'The name "test" is used by two steps.',
      file: '.drone.yml',
      line: 9,
      column: 9,
    },
    {
      severity: 'error',
      code: 'unknown-key',
      message: '"comands" is not a key of a step.',
      hint: 'Did you mean "commands"?',
      file: '.drone.yml',
      line: 7,
      column: 3,
    },
  ],
};

function failedLog(): string {
  const lines = ['+ npm test', '', '> hello@1.0.0 test', '> node --test', ''];
  for (let at = 1; at <= 380; at += 1)
    lines.push(`\x1b[32m✔\x1b[0m parses case ${at} \x1b[90m(${(at * 7) % 40}.2ms)\x1b[39m`);
  lines.push(
    '\x1b[31;1m✖ parses nested lists\x1b[0m \x1b[90m(12.1ms)\x1b[39m',
    '  \x1b[31mAssertionError\x1b[0m: expected 3 levels, found 2',
    '      at parser.test.ts:88:10, see https://example.com/docs/nested?case=88.',
    '\x1b[38;5;208mwarning\x1b[0m: <script>alert(1)</script> \x1b]8;;javascript:alert(1)\x07hostile\x1b]8;;\x07 stays text',
    'downloading 10%\rdownloading 60%\rdownloading 100%',
    '\x1b[7m FAIL \x1b[0m 1 of 381 tests',
  );
  return `${lines.join('\n')}\n`;
}

/** Two hundred thousand lines, about 13 MB: more than three pages. */
function bigLog(): string {
  const lines: string[] = [];
  for (let at = 1; at <= 200_000; at += 1)
    lines.push(`${String(at).padStart(7, '0')} the quick brown fox runs over the lazy dog again`);
  return `${lines.join('\n')}\n`;
}
