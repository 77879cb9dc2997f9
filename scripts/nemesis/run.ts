import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientOf } from '@sortie/testing/await-build';
import { checkBuilds } from './check-builds.ts';
import { drive, prepare, type ServerAddress, settle } from './drive.ts';
import { type FaultKind, planFaults } from './fault-plan.ts';
import { inject } from './inject.ts';
import { awaitNothing, findDockerThings, findProcesses, findTexts, hasDocker, MARK } from './leftovers.ts';
import type { DoneFault, Member } from './member.ts';
import { createRunner, createServer, runnerFolders } from './processes.ts';
import { type NemesisProxy, startProxy } from './proxy.ts';
import { createRandom } from './random.ts';
import { createSightings } from './sightings.ts';
import { canMount, mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { emptySpools } from './spools.ts';
import { scripts } from './workload.ts';

export interface NemesisOptions {
  readonly seed: number;
  /** How long builds are made and disturbed; then what is open may end. */
  readonly lengthMs: number;
  /** Nothing more is disturbed once so many processes have been killed; absent: for the whole time. */
  readonly untilKills?: number;
  readonly print: (line: string) => void;
}

export interface NemesisReport {
  /** Processes and containers. */
  readonly kills: number;
  /** How often each kind of fault has happened. */
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly builds: number;
  /** Stages that ran to their end, by type. */
  readonly types: ReadonlyMap<string, number>;
  readonly withDocker: boolean;
  /** False where nothing may be mounted, so that no disk could be filled. */
  readonly withSmallDisks: boolean;
  /** Empty when everything was as it must be. */
  readonly violations: string[];
}

const RUNNERS = ['runner-1', 'runner-2', 'runner-3'];
/** A runner that was heard of lately keeps its stages for so long, whatever the settings say, and some more. */
const SETTLE_MS = 200_000;

/** One run: a server, three runners, a proxy between, builds, faults, and a judgement at the end. */
export async function runNemesis(options: NemesisOptions): Promise<NemesisReport> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-nemesis-'));
  const [withDocker, withSmallDisks] = await Promise.all([hasDocker(), canMount()]);
  const [docker, disks] = [withDocker, withSmallDisks].map((has) => (has ? 'yes' : 'no'));
  const seconds = options.lengthMs / 1000;
  options.print(
    `seed ${options.seed}, ${seconds} s, Docker: ${docker}, full disks: ${disks}, folder ${folder}`,
  );
  if (!withSmallDisks) options.print('No disk is filled, because this user may not mount one.');
  const secret = `nemesis-${randomBytes(12).toString('hex')}`;
  const mark = randomBytes(8).toString('hex');
  const ledger = join(folder, 'steps', 'ledger');
  await mkdir(join(folder, 'steps'));
  const server = createServer(folder);
  const members: Member[] = [server];
  const closers: (() => Promise<void>)[] = [];
  let report: NemesisReport;
  try {
    await server.start();
    const address = { url: `http://127.0.0.1:${server.port}`, token: server.token };
    const proxy = await startProxy(server.port, createRandom(options.seed).fork('proxy'));
    closers.push(() => proxy.close());
    const setting = { folder, address, proxy, withDocker, withSmallDisks };
    await startRunners({ ...setting, environ: `${MARK}:${mark},NEMESIS_LEDGER:${ledger}` }, members, closers);
    report = await disturb({ ...options, ...setting, members, secret, ledger });
    report.violations.push(...(await awaitNothing('process', () => findProcesses(mark))));
  } finally {
    for (const member of members.toReversed()) await member.end();
    for (const close of closers) await close();
  }
  if (withDocker) {
    const things = await Promise.all(members.map(({ data }) => findDockerThings(data)));
    report.violations.push(...things.flat().map((thing) => `left behind: ${thing}`));
  }
  const spilled = await findTexts(folder, [secret, Buffer.from(secret).toString('base64')]);
  report.violations.push(...spilled.map((path) => `the secret is in ${path}`));
  if (report.violations.length === 0) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  return report;
}

interface Setting {
  readonly folder: string;
  readonly address: ServerAddress;
  readonly proxy: NemesisProxy;
  readonly withDocker: boolean;
  readonly withSmallDisks: boolean;
}

interface Scene extends NemesisOptions, Setting {
  readonly members: readonly Member[];
  readonly secret: string;
  readonly ledger: string;
}

/** Builds and faults for the given time; then what is open may end, and is judged. */
async function disturb(scene: Scene): Promise<NemesisReport> {
  const { address, proxy, members, withDocker, withSmallDisks, lengthMs, print } = scene;
  const random = createRandom(scene.seed);
  const workload = scripts(withDocker, join(scene.folder, 'steps'));
  await prepare(address, workload, scene.secret);
  const ending = new AbortController();
  const { signal } = ending;
  const name = `nemesis-${scene.seed}`;
  const sightings = createSightings();
  const driver = { random: random.fork('driver'), name, signal, sightings };
  const driving = drive(address, { scripts: workload, ...driver });
  const about = { lengthMs, runners: RUNNERS, hasDocker: withDocker, hasSmallDisks: withSmallDisks };
  const injected = await inject(planFaults(random.fork('faults'), about), members, scene);
  ending.abort();
  proxy.heal();
  const driven = await driving;
  const faults = members.flatMap(({ history }) => history);
  const done = countFaults(faults, injected.shot.size);
  print(`faults: ${listCounts(done)}; of the network: ${listCounts(proxy.counts)}`);
  print(
    `kills: ${listCounts(countTargets(faults, 'kill'))}; clocks: ${listCounts(countTargets(faults, 'clock'))}`,
  );

  const open = await settle(address, SETTLE_MS, sightings);
  const violations = [...injected.violations, ...driven.violations];
  if (open.length > 0) violations.push(`still open: ${open.join(', ')}`);
  violations.push(...(await emptySpools(scene.folder, members, print)));
  const lines = (await readFile(scene.ledger, 'utf8')).trim().split('\n');
  const history = {
    ...driven,
    pushed: workload.length,
    shot: injected.shot,
    faults,
    sightings,
    ledger: lines,
  };
  const verdict = await checkBuilds(clientOf(address), workload, history, scene.secret);
  violations.push(...verdict.violations);
  const builds = driven.requested + workload.length;
  print(`${builds} builds, ${lines.length} steps; stages: ${listCounts(verdict.outcomes)}`);
  print(`stages that ran to their end: ${listCounts(verdict.types)}`);
  const kills = (done.get('kill') ?? 0) + injected.shot.size;
  return { kills, faults: done, builds, types: verdict.types, withDocker, withSmallDisks, violations };
}

interface RunnerSetting extends Setting {
  /** Environment of every step. */
  readonly environ: string;
}

/** Adds them to `members` one by one, so that each is ended whatever happens to the next. */
async function startRunners(
  setting: RunnerSetting,
  members: Member[],
  closers: (() => Promise<void>)[],
): Promise<void> {
  const { folder, address, proxy, withDocker, environ } = setting;
  for (const [index, name] of RUNNERS.entries()) {
    const made = await clientOf(address).request('POST', '/api/runner-tokens', { json: { name } });
    const { token } = (await made.json()) as { readonly token: string };
    let disk: SmallDisk | undefined;
    if (setting.withSmallDisks) {
      disk = await mountSmallDisk(runnerFolders(folder, name).spool);
      closers.push(disk.remove);
    }
    const member = createRunner({
      ...{ name, folder, token, url: proxy.url, disk, environ },
      engines: withDocker ? 'exec,docker' : 'exec',
      subnets: `10.197.${index * 64}.0/18`,
    });
    members.push(member);
    await member.start();
  }
}

/** Of containers only those are counted that were there. */
function countFaults(faults: readonly DoneFault[], shot: number): ReadonlyMap<FaultKind, number> {
  const counts = new Map<FaultKind, number>();
  for (const { kind } of faults) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return shot === 0 ? counts : counts.set('container', shot);
}

function countTargets(faults: readonly DoneFault[], kind: FaultKind): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { target } of faults.filter((fault) => fault.kind === kind)) {
    counts.set(target, (counts.get(target) ?? 0) + 1);
  }
  return counts;
}

function listCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ') || 'nothing';
}
