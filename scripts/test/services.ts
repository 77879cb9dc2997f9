import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { type PrivateCluster, startCluster } from './postgres.ts';
import { findProgram } from './programs.ts';

/** What the service suites run against, or what is missing for them. */
export interface Services {
  /** One sentence per missing service, with the remedy; empty when everything is there. */
  readonly missing: readonly string[];
  /** For the test processes. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds Docker, PostgreSQL and Chromium for `test:all`. A PostgreSQL cluster is started when no address is given
 * and the server program is installed; the test image is made when Docker answers.
 */
export async function openServices(root: string, environment: Environment): Promise<Services> {
  const [docker, chromium] = [await checkDocker(root, environment), checkChromium(environment)];
  const postgres = await openPostgres(environment);
  const all = [docker, postgres, chromium];
  return {
    missing: all.flatMap((service) => (service.missing === undefined ? [] : [service.missing])),
    environment: Object.assign({}, ...all.map((service) => service.environment)),
    stop: async () => postgres.cluster?.stop(),
  };
}

interface Service {
  readonly missing?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly cluster?: PrivateCluster;
}

async function checkDocker(root: string, environment: Environment): Promise<Service> {
  if (environment.DOCKER_HOST === undefined && !(await answersPing('/var/run/docker.sock'))) {
    return {
      missing:
        'Docker does not answer on /var/run/docker.sock: install it (Debian: apt-get install docker.io) and start ' +
        'it (dockerd), or set DOCKER_HOST.',
    };
  }
  const made = spawnSync('sh', [join(root, 'scripts', 'make-test-image.sh')], {
    cwd: root,
    encoding: 'utf8',
  });
  if (made.status === 0) return {};
  return {
    missing: `The test image could not be made (${made.stderr.trim()}): Debian: apt-get install busybox-static.`,
  };
}

function answersPing(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const ping = request({ socketPath, path: '/_ping', timeout: 60_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.end();
  });
}

async function openPostgres(environment: Environment): Promise<Service> {
  if (environment.SORTIE_TEST_POSTGRES) return {};
  const folders = ['/usr/lib/postgresql/*/bin', '/usr/local/pgsql/bin', '/opt/homebrew/opt/postgresql*/bin'];
  const program = findProgram(['postgres'], environment.PATH ?? '', folders);
  if (program === undefined) {
    return {
      missing:
        'PostgreSQL is not installed: install it (Debian: apt-get install postgresql), or set ' +
        'SORTIE_TEST_POSTGRES=postgres://… to an empty database.',
    };
  }
  const cluster = await startCluster(dirname(program));
  return { environment: { SORTIE_TEST_POSTGRES: cluster.url }, cluster };
}

function checkChromium(environment: Environment): Service {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const given = environment.SORTIE_TEST_CHROMIUM;
  const program = given || findProgram(names, environment.PATH ?? '');
  if (program !== undefined) return { environment: { SORTIE_TEST_CHROMIUM: program } };
  return {
    missing:
      'Chromium is not installed: install it (Debian: apt-get install chromium), or set SORTIE_TEST_CHROMIUM to ' +
      'the path of a Chromium or Chrome binary.',
  };
}
