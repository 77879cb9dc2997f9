import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import type { Plan, PlanStep } from '@sortie/core/plan';
import { buildStage } from '@sortie/testing/engine-contract';
import { type ContainerDefaults, containerConfig } from './container-config.ts';
import { drivesDocker, mayShareNetwork, mayStartEarly, turnLine } from './early-start.ts';
import { mayBePushed } from './own-images.ts';

interface Case {
  readonly step?: Partial<PlanStep>;
  readonly other?: Partial<PlanStep>;
  readonly plan?: Partial<Plan>;
  readonly defaults?: ContainerDefaults;
}

function mayStart({ step = {}, other = {}, plan = {}, defaults = {} }: Case): boolean {
  const both = [
    { name: 'first', image: 'a', script: 'make', ...other },
    { name: 'later', image: 'b', script: 'make test', workingDir: '/drone/src', ...step },
  ];
  const stage = buildStage('early', both, plan);
  const [, later] = stage.plan.steps;
  assert.ok(later);
  return mayStartEarly(stage.plan, later, defaults);
}

const host = { name: 'h', kind: 'host', path: '/srv' } as const;

describe('a start before its turn', () => {
  const refused: Readonly<Record<string, Case>> = {
    'a plugin': { step: { script: undefined } },
    'a service': { step: { kind: 'service', detached: true } },
    'a detached step': { step: { detached: true } },
    'a privileged step': { step: { privileged: true } },
    'a step in a network of its own choice': { step: { networkMode: 'host' } },
    'a step with devices': { step: { devices: [{ volume: 'h', path: '/dev/x' }] } },
    'any step when the runner gives devices': { defaults: { devices: ['/dev/kvm'] } },
    'a step in another directory': { step: { workingDir: '/drone/src/sub' } },
    'a step that sees the machine': {
      step: { mounts: [{ volume: 'h', path: '/h' }] },
      plan: { volumes: [host] },
    },
    'a step that looks at processes': { step: { script: 'ps -ef | grep sh' } },
    'a step that looks into /proc': { step: { script: 'stat /proc/1' } },
    'a step that another one calls by name': { other: { script: 'curl http://later:8080/' } },
    'a step that a setting of another one names': { other: { environment: { PLUGIN_HOST: 'later' } } },
    PowerShell: { step: { shell: 'powershell' } },
  };
  for (const [what, example] of Object.entries(refused)) {
    test(`is refused for ${what}`, () => assert.equal(mayStart(example), false));
  }

  const allowed: Readonly<Record<string, Case>> = {
    'commands in the workspace': {},
    'commands with a volume of the stage': {
      step: { mounts: [{ volume: 't', path: '/t' }] },
      plan: { volumes: [{ name: 't', kind: 'temp' }] },
    },
    'a step whose name is part of a word elsewhere': { other: { script: 'echo translater; ./later.sh' } },
    'a step whose name only the variables of Drone hold': {
      other: { environment: { DRONE_STEP_NAME: 'later' } },
    },
  };
  for (const [what, example] of Object.entries(allowed)) {
    test(`is made for ${what}`, () => assert.equal(mayStart(example), true));
  }

  test('nothing is made ahead where a step can drive the Docker daemon', () => {
    const socket = { ...host, path: '/var/run/docker.sock' };
    assert.equal(drivesDocker(buildStage('s', [], { volumes: [socket] }).plan, {}), true);
    assert.equal(drivesDocker(buildStage('s', [], { volumes: [host] }).plan, {}), false);
    const volumes = ['/var/run/docker.sock:/var/run/docker.sock'];
    assert.equal(drivesDocker(buildStage('s', []).plan, { volumes }), true);
  });

  test('a network goes to no other stage where a step could have put something into it', () => {
    const shares = (step: Partial<PlanStep>, plan: Partial<Plan> = {}, defaults: ContainerDefaults = {}) =>
      mayShareNetwork(buildStage('s', [{ name: 'a', image: 'b', ...step }], plan).plan, defaults);
    assert.equal(shares({ script: 'make' }, { volumes: [{ name: 't', kind: 'temp' }] }), false);
    assert.equal(shares({ kind: 'service', detached: true }), false);
    assert.equal(shares({ privileged: true }), true);
    assert.equal(shares({ networkMode: 'host' }), true);
    assert.equal(shares({}, { volumes: [host] }), true, 'a socket of Docker may lie below any directory');
    assert.equal(shares({}, {}, { volumes: ['/run/docker.sock:/run/docker.sock'] }), true);
  });

  test('an image that an earlier step may push is not fetched before its turn', () => {
    const wanted = (image: string, other: Partial<PlanStep>): boolean => {
      const { plan } = buildStage('s', [
        { name: 'push', image: 'plugins/docker', ...other },
        { name: 'use', image },
      ]);
      const [, use] = plan.steps;
      return use !== undefined && mayBePushed(plan, use);
    };
    const settings = { environment: { PLUGIN_REPO: 'registry.example.com/octo/app' } };
    assert.equal(wanted('registry.example.com/octo/app:latest', settings), true);
    assert.equal(
      wanted('registry.example.com/octo/app', { script: 'docker push registry.example.com/octo/app' }),
      true,
    );
    assert.equal(wanted('octo/other', settings), false);
    assert.equal(wanted('golang', { script: 'golang' }), false);
  });
});

describe('the line that lets a waiting step go', () => {
  const stage = buildStage('turn', [
    { name: 'a', image: 'b', workingDir: '/drone/src', script: 'env\necho "$0"; cat' },
  ]);
  const [step] = stage.plan.steps;
  assert.ok(step);

  const lineOf = (early: Record<string, string>, now: Record<string, string>): string | undefined => {
    assert.ok(step);
    return turnLine(step, { early, now, endMark: 'the end' });
  };

  /** What the container of the step would run, in the shell of this machine. */
  function runWaiting(early: Record<string, string>, now: Record<string, string>): string {
    assert.ok(step);
    const line = lineOf(early, now);
    assert.ok(line);
    const resources = { network: 'n', workspaceVolume: 'w', volumes: new Map(), labels: {} };
    const settings = { image: 'b', environment: early, isWaiting: true };
    const { Entrypoint, Cmd } = containerConfig(stage.plan, step, resources, settings);
    const [program = '', ...args] = [Entrypoint ?? [], Cmd ?? []].flat();
    return execFileSync(program, args, {
      input: line,
      env: { PATH: '/usr/bin:/bin', ...early },
      encoding: 'utf8',
    });
  }

  test('brings what has changed, and leaves no trace of itself', () => {
    const early = { KEPT: 'k', CHANGED: 'old', GONE: 'g' };
    const now = { KEPT: 'k', CHANGED: `it's "new" $(id) \\n \`x\``, ADDED: 'a b' };
    const output = runWaiting(early, now).split('\n');
    assert.ok(output.includes('KEPT=k'));
    assert.ok(output.includes(`CHANGED=it's "new" $(id) \\n \`x\``));
    assert.ok(output.includes('ADDED=a b'));
    assert.ok(output.includes('/bin/sh'), '$0 is the shell, as without waiting');
    assert.deepEqual(
      output.filter((line) => /GONE|SORTIE/.test(line)),
      [],
    );
  });

  test('does not exist for what a shell cannot be told', () => {
    assert.equal(lineOf({}, { A: 'two\nlines' }), undefined);
    assert.equal(lineOf({}, { 'MY-KEY': 'x' }), undefined);
    assert.equal(lineOf({}, { SORTIE_TURN: 'x' }), undefined);
    assert.ok(lineOf({ 'MY-KEY': 'x', A: 'two\nlines' }, { 'MY-KEY': 'x', A: 'two\nlines' }));
  });
});
