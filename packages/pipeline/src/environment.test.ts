import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aContext, aStep, compilePlan, stepOf } from './compile-context.fixture.ts';
import { liveEnvironment } from './environment.ts';
import { tagVariables } from './version-variables.ts';

const FINE = {
  buildStatus: 'success',
  stageStatus: 'success',
  failedSteps: [],
  failedStages: [],
  now: 1_700_000_200,
} as const;
const FAILING = { ...FINE, stageStatus: 'failure', failedSteps: ['x', 'y'] } as const;

function seen(step: string, state: typeof FINE | typeof FAILING, patch: Parameters<typeof aContext>[0] = {}) {
  const context = aContext(patch);
  const compiled = stepOf(compilePlan(step, patch), 'a');
  return { ...compiled.environment, ...liveEnvironment({ ...state, step: compiled }, context) };
}

test('[pipeline 50] a step after a failure sees it', () => {
  const environment = seen(aStep('when: {status: [success, failure]}'), FAILING);
  assert.equal(environment.DRONE_BUILD_STATUS, 'failure');
  assert.equal(environment.DRONE_STAGE_STATUS, 'failure');
  assert.equal(environment.DRONE_FAILED_STEPS, 'x,y');
});

test('while nothing has failed the status is success and no failed steps are named', () => {
  const environment = seen(aStep(), FINE);
  assert.equal(environment.DRONE_BUILD_STATUS, 'success');
  assert.equal(environment.DRONE_FAILED_STEPS, undefined);
});

test('[pipeline 76] a step can override CI but not the commit', () => {
  const environment = seen(aStep('environment: {CI: no, DRONE_COMMIT_SHA: x, DRONE_DEPLOY_TO: x}'), FINE);
  assert.equal(environment.CI, 'no');
  assert.equal(environment.DRONE_COMMIT_SHA, '6dcb09b5b57875f334f61aebed695e2e4193db5e');
  assert.equal(environment.DRONE_DEPLOY_TO, '');
});

test('times that are not set yet are the time of asking', () => {
  const environment = seen(aStep(), FINE, { build: { started: 5 } });
  assert.equal(environment.DRONE_BUILD_STARTED, '5');
  assert.equal(environment.DRONE_BUILD_FINISHED, '1700000200');
  assert.equal(environment.DRONE_STAGE_STARTED, '1700000200');
});

test('a step knows its name, its number, its machine and the stages before it', () => {
  const environment = seen(aStep(), FINE, { stage: { dependsOn: ['p', 'q'] } });
  assert.equal(environment.DRONE_STEP_NAME, 'a');
  assert.equal(environment.DRONE_STEP_NUMBER, '2');
  assert.equal(environment.DRONE_STAGE_MACHINE, 'runner-1');
  assert.equal(environment.DRONE_STAGE_DEPENDS_ON, 'p,q');
});

test('each layer of variables wins over the ones before it', () => {
  const names = (text: string) => `{A: ${text}, B: ${text}, C: ${text}}`;
  const environment = seen(`environment: ${names('pipeline')}\n${aStep('environment: {A: step}')}`, FINE, {
    runner: { environ: { A: 'runner', B: 'runner', C: 'runner', D: 'runner', DRONE_REPO: 'x' } },
    build: { params: { B: 'param', D: 'param' } },
  });
  assert.deepEqual(
    ['A', 'B', 'D', 'DRONE_REPO'].map((name) => environment[name]),
    ['step', 'pipeline', 'param', 'octo/hello'],
  );
});

test('proxies of the runner are given in both spellings', () => {
  const environment = seen(aStep(), FINE, { runner: { proxies: { http: 'http://proxy:3128' } } });
  assert.deepEqual(
    [environment.http_proxy, environment.HTTP_PROXY],
    ['http://proxy:3128', 'http://proxy:3128'],
  );
  assert.equal(environment.no_proxy, undefined);
});

test('a build without an author commits as drone', () => {
  const environment = seen(aStep(), FINE, { build: { authorName: '', authorEmail: '' } });
  assert.deepEqual(
    [environment.GIT_AUTHOR_NAME, environment.GIT_COMMITTER_EMAIL],
    ['drone', 'noreply@drone'],
  );
});

test('[pipeline 79] the number of a pull request is found in the refs of all services', () => {
  for (const ref of ['refs/pull/42/head', 'refs/merge-requests/42/head', 'refs/pull-requests/42/from']) {
    const environment = seen(aStep(), FINE, { build: { event: 'pull_request', ref, title: 'Fix it' } });
    assert.deepEqual(
      [environment.DRONE_PULL_REQUEST, environment.DRONE_PULL_REQUEST_TITLE],
      ['42', 'Fix it'],
    );
  }
});

for (const [tag, expected] of [
  [
    'v1.2.3',
    {
      DRONE_SEMVER: '1.2.3',
      DRONE_SEMVER_SHORT: '1.2.3',
      DRONE_SEMVER_MAJOR: '1',
      DRONE_SEMVER_MINOR: '2',
      DRONE_SEMVER_PATCH: '3',
    },
  ],
  [
    '1.02.3-rc.1+b5',
    {
      DRONE_SEMVER: '1.2.3-rc.1+b5',
      DRONE_SEMVER_SHORT: '1.2.3',
      DRONE_SEMVER_MAJOR: '1',
      DRONE_SEMVER_MINOR: '2',
      DRONE_SEMVER_PATCH: '3',
      DRONE_SEMVER_PRERELEASE: 'rc.1',
      DRONE_SEMVER_BUILD: 'b5',
    },
  ],
] as const) {
  test(`[pipeline 78] the tag ${tag} is a semantic version`, () => {
    assert.deepEqual(tagVariables(tag, { calver: true }), { DRONE_TAG: tag, ...expected });
  });
}

test('[pipeline 78] other tags say that they are none', () => {
  for (const tag of ['v1.2', '18.04', 'x']) {
    const variables = tagVariables(tag, { calver: true });
    assert.deepEqual(Object.keys(variables), ['DRONE_TAG', 'DRONE_SEMVER_ERROR']);
  }
});

test('[pipeline 78] tags that begin with a year are calendar versions', () => {
  const variables = tagVariables('19.04.0-beta', { calver: true });
  assert.deepEqual(
    ['', '_SHORT', '_MAJOR_MINOR', '_MAJOR', '_MINOR', '_MICRO', '_MODIFIER'].map(
      (part) => variables[`DRONE_CALVER${part}`],
    ),
    ['19.04.0-beta', '19.04.0', '19.04', '19', '04', '0', 'beta'],
  );
  assert.equal(tagVariables('2024.1', { calver: true }).DRONE_CALVER_MICRO, '');
  assert.equal(tagVariables('2024.1', { calver: false }).DRONE_CALVER, undefined);
});
