import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DockerAddress } from '@sortie/engine/docker/client';
import { findLocalImage } from './local-image.ts';

const run = promisify(execFile);

/** The repository that the demo pushes. */
export interface Example {
  /** Text of its `.drone.yml`. */
  readonly pipeline: string;
  /** Why it is not the container pipeline; absent when it is. */
  readonly note?: string;
}

/** The image that the example names, and what serves as well when it is there already. */
const IMAGE = 'busybox:1.37';
const IMAGES = [IMAGE, 'busybox:latest', 'alpine:latest', 'sortie-busybox:1'];

/**
 * The container pipeline where Docker and an image are at hand or can be pulled, otherwise the same work on the
 * host, with one sentence that says why. `problems` are the reasons why Docker cannot be used.
 */
export async function chooseExample(
  docker: { readonly address: DockerAddress; readonly problems: readonly string[] },
  signal: AbortSignal,
): Promise<Example> {
  const folder = exampleFolder();
  const [problem] = docker.problems;
  const image = problem === undefined ? await findLocalImage(docker.address, IMAGES, signal) : undefined;
  if (image !== undefined) {
    const pipeline = await readFile(join(folder, 'docker.drone.yml'), 'utf8');
    return { pipeline: pipeline.replaceAll(IMAGE, image) };
  }
  const why = problem ?? `The image ${IMAGE} is neither on this machine nor can it be pulled.`;
  const pipeline = await readFile(join(folder, 'exec.drone.yml'), 'utf8');
  return { pipeline, note: `${why} The example runs on this machine itself instead of in containers.` };
}

/** Makes a repository of the example and pushes it with git; returns what git said. */
export async function pushExample(
  example: Example,
  to: {
    readonly directory: string;
    readonly url: string;
    readonly token: string;
    readonly signal: AbortSignal;
  },
): Promise<string> {
  const { directory, url, token, signal } = to;
  await mkdir(directory, { recursive: true });
  for (const file of ['greet.sh', 'test.sh']) await cp(join(exampleFolder(), file), join(directory, file));
  await writeFile(join(directory, '.drone.yml'), example.pipeline);
  const env = gitEnvironment(url, token);
  const git = (...args: string[]) => run('git', args, { cwd: directory, env, signal });
  await git('init', '--quiet', '--initial-branch', 'main');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'Greet the world');
  const { stderr } = await git('push', url, 'main');
  return stderr;
}

/**
 * The token travels in the environment: arguments can be read by everybody on the machine. Nothing of the
 * person's own git configuration is used or changed.
 */
function gitEnvironment(url: string, token: string): NodeJS.ProcessEnv {
  const basic = Buffer.from(`:${token}`).toString('base64');
  const person = { NAME: 'Ada Lovelace', EMAIL: 'ada@example.com' };
  return {
    PATH: process.env.PATH,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: person.NAME,
    GIT_AUTHOR_EMAIL: person.EMAIL,
    GIT_COMMITTER_NAME: person.NAME,
    GIT_COMMITTER_EMAIL: person.EMAIL,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `http.${new URL(url).origin}.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  };
}

/** The bundle lies one folder below the root of the checkout, the sources three. */
function exampleFolder(): string {
  const candidates = ['..', '../../..'].map((up) => join(import.meta.dirname, up, 'examples/demo'));
  return candidates.find((folder) => existsSync(folder)) ?? candidates[0] ?? '';
}
