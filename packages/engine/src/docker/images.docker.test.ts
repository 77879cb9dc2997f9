import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { PullPolicy } from '@sortie/core/plan';
import type Docker from 'dockerode';
import type { RegistryCredentials } from '../engine.ts';
import { openDocker } from './client.ts';
import { StageImages } from './images.ts';
import { type FakeRegistry, openRegistry } from './registry.fixture.ts';
import { StepNotes } from './step-notes.ts';

describe('images', () => {
  let docker: Docker;
  let registry: FakeRegistry;
  const pulled = new Set<string>();

  before(async () => {
    docker = await openDocker({});
  });
  beforeEach(async () => {
    registry = await openRegistry();
  });
  afterEach(() => registry.close());
  after(async () => {
    for (const name of pulled) await Promise.allSettled([docker.getImage(name).remove({ force: true })]);
  });

  function stage(registries: readonly RegistryCredentials[] = [], showsProgress = true): StageImages {
    const deps = { docker, registries: async () => registries, showsProgress };
    return new StageImages(deps, new AbortController().signal);
  }

  /** What `beforeCreate` says, in lines. */
  async function pull(
    images: StageImages,
    image: string,
    policy: PullPolicy = 'always',
    isFresh = false,
  ): Promise<string> {
    const notes = new StepNotes();
    pulled.add(image);
    await images.beforeCreate(image, { policy, notes, isFresh });
    const lines: string[] = [];
    notes.follow((line) => lines.push(line))();
    return lines.join('\n');
  }

  test('[pipeline 105] one that is `latest` or wanted always is pulled, once in a stage, and the log says so', async () => {
    const images = stage();
    const latest = `${registry.host}/team/app`;
    assert.match(await pull(images, latest, 'default'), /Pulling from team\/app\nDigest: sha256.*\nStatus: /);
    await pull(images, `${latest}:latest`, 'always');
    assert.deepEqual(new Set(registry.asked), new Set(['team/app']));
    const asked = registry.asked.length;
    await pull(images, `${latest}:1`, 'default');
    await pull(images, `${latest}:latest`, 'if-not-exists');
    await pull(images, `${latest}:latest`, 'never');
    assert.equal(registry.asked.length, asked);
  });

  test('progress can be kept out of the log', async () => {
    assert.equal(await pull(stage([], false), `${registry.host}/team/quiet`), '');
  });

  test('one that a step of the stage has pushed is pulled again', async () => {
    const image = `${registry.host}/team/pushed`;
    const images = stage();
    const numberOf = async (): Promise<string | undefined> =>
      (await docker.getImage(image).inspect()).Config.Labels?.number;
    await pull(images, image);
    registry.push();
    await pull(images, image);
    assert.equal(await numberOf(), '0');
    await pull(images, image, 'always', true);
    assert.equal(await numberOf(), '1');
  });

  test('the login of the nearest address is used', async () => {
    registry.login = { username: 'robot', password: 'right' };
    const image = `${registry.host}/team/private`;
    const wrong = { address: registry.host, username: 'robot', password: 'wrong' };
    const right = { address: `${registry.host}/team`, username: 'robot', password: 'right' };
    assert.match(await pull(stage([wrong, right]), image), /Status: /);
  });

  test('without a login the error says what is missing, and an old copy is not given out', async () => {
    const image = `${registry.host}/team/secret`;
    await pull(stage(), image);
    registry.login = { username: 'robot', password: 'right' };
    await assert.rejects(pull(stage(), image, 'default'), {
      code: 'image-pull-failed',
      hint: /image_pull_secrets/,
    });
  });

  test('an unknown tag is an error of its own', async () => {
    await assert.rejects(pull(stage(), `${registry.host}/team/app:missing`), {
      code: 'image-not-found',
      hint: /tag/,
    });
  });

  test('[pipeline 105] when the registry is down, `latest` is the local image, and `always` is an error', async () => {
    const image = `${registry.host}/team/offline`;
    await pull(stage(), image);
    await registry.close();
    assert.match(
      await pull(stage(), image, 'default'),
      /cannot be pulled: .*; using the image that is already here$/,
    );
    await assert.rejects(pull(stage(), image, 'always'), {
      code: 'image-pull-failed',
      hint: /can be reached/,
    });
    await assert.rejects(pull(stage(), `${registry.host}/team/never-seen`, 'default'), {
      code: 'image-pull-failed',
    });
    registry = await openRegistry();
  });

  test('credentials that cannot be read are an error of the settings', async () => {
    const problem = new TypeError('no such file');
    const deps = { docker, registries: () => Promise.reject(problem), showsProgress: true };
    const images = new StageImages(deps, new AbortController().signal);
    await assert.rejects(pull(images, `${registry.host}/team/app`), /no such file/);
  });
});
