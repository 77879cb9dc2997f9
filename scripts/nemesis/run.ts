import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clientOf } from '@sortie/testing/await-build';
import { checkBuilds } from './check-builds.ts';
import { drive, prepare, type ServerAddress, settle } from './drive.ts';
import { type PlannedFault, planFaults } from './fault-plan.ts';
import { findDockerThings, findProcesses, findTexts, hasDocker, killContainer, MARK } from './leftovers.ts';
import { createRunner, createServer, type Member, wait } from './processes.ts';
import { type NemesisProxy, startProxy } from './proxy.ts';
import { createRandom } from './random.ts';
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
  readonly kills: number;
  readonly builds: number;
  /** Empty when everything was as it must be. */
  readonly violations: string[];
}

const RUNNERS = ['runner-1', 'runner-2', 'runner-3'];
/** A runner that was heard of lately keeps its stages for so long, whatever the settings say, and some more. */
const SETTLE_MS = 200_000;

/** One run: a server, three runners, a proxy between, builds, faults, and a judgement at the end. */
export async function runNemesis(options: NemesisOptions): Promise<NemesisReport> {
  const folder = await mkdtemp(join(tmpdir(), 'sortie-nemesis-'));
  const withDocker = await hasDocker();
  options.print(
    `seed ${options.seed}, ${options.lengthMs / 1000} s, Docker: ${withDocker ? 'yes' : 'no'}, folder ${folder}`,
  );
  const secret = `nemesis-${randomBytes(12).toString('hex')}`;
  const mark = randomBytes(8).toString('hex');
  const server = createServer(folder);
  const members: Member[] = [server];
  const closers: (() => Promise<void>)[] = [];
  let report: NemesisReport;
  try {
    await server.start();
    const address = { url: `http://127.0.0.1:${server.port}`, token: server.token };
    const proxy = await startProxy(server.port, createRandom(options.seed).fork('proxy'));
    closers.push(() => proxy.close());
    const environ = { mark, ledger: join(folder, 'ledger') };
    await startRunners({ folder, address, proxy, withDocker, environ }, members);
    report = await disturb({
      ...options,
      address,
      proxy,
      members,
      withDocker,
      secret,
      ledger: environ.ledger,
    });
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

interface Scene extends NemesisOptions {
  readonly address: ServerAddress;
  readonly proxy: NemesisProxy;
  readonly members: readonly Member[];
  readonly withDocker: boolean;
  readonly secret: string;
  readonly ledger: string;
}

/** Builds and faults for the given time; then what is open may end, and is judged. */
async function disturb(scene: Scene): Promise<NemesisReport> {
  const { address, proxy, members, withDocker, lengthMs, print } = scene;
  const random = createRandom(scene.seed);
  const workload = scripts(withDocker);
  await prepare(address, workload, scene.secret);
  const ending = new AbortController();
  const { signal } = ending;
  const name = `nemesis-${scene.seed}`;
  const driving = drive(address, { scripts: workload, random: random.fork('driver'), name, signal });
  const plan = planFaults(random.fork('faults'), { lengthMs, runners: RUNNERS, hasDocker: withDocker });
  const injected = await inject(plan, members, scene);
  ending.abort();
  proxy.heal();
  const driven = await driving;
  const faults = members.flatMap(({ history }) => history);
  const killed = faults.filter(({ kind }) => kind === 'kill').length;
  print(`${killed} processes and ${injected.shot.size} containers killed, ${faults.length - killed} paused`);
  print(`network: ${listCounts(proxy.counts)}`);

  const open = await settle(address, SETTLE_MS);
  const violations = [...injected.violations, ...driven.violations];
  if (open.length > 0) violations.push(`still open: ${open.join(', ')}`);
  const lines = (await readFile(scene.ledger, 'utf8')).trim().split('\n');
  const history = { ...driven, pushed: workload.length, shot: injected.shot, faults, ledger: lines };
  const verdict = await checkBuilds(clientOf(address), workload, history);
  violations.push(...verdict.violations);
  const builds = driven.requested + workload.length;
  print(`${builds} builds; stages: ${listCounts(verdict.outcomes)}`);
  return { kills: killed + injected.shot.size, builds, violations };
}

interface RunnerSetting {
  readonly folder: string;
  readonly address: ServerAddress;
  readonly proxy: NemesisProxy;
  readonly withDocker: boolean;
  readonly environ: { readonly mark: string; readonly ledger: string };
}

/** Adds them to `members` one by one, so that each is ended whatever happens to the next. */
async function startRunners(setting: RunnerSetting, members: Member[]): Promise<void> {
  const { folder, address, proxy, withDocker, environ } = setting;
  for (const [index, name] of RUNNERS.entries()) {
    const made = await clientOf(address).request('POST', '/api/runner-tokens', { json: { name } });
    const { token } = (await made.json()) as { readonly token: string };
    const member = createRunner({
      name,
      folder,
      token,
      url: proxy.url,
      engines: withDocker ? 'exec,docker' : 'exec',
      subnets: `10.197.${index * 64}.0/18`,
      environ: `${MARK}:${environ.mark},NEMESIS_LEDGER:${environ.ledger}`,
    });
    members.push(member);
    await member.start();
  }
}

/** Carries the plan out. A process to which something is being done already is passed over for the next one. */
async function inject(
  plan: readonly PlannedFault[],
  members: readonly Member[],
  { lengthMs, untilKills = Number.POSITIVE_INFINITY }: Pick<NemesisOptions, 'lengthMs' | 'untilKills'>,
): Promise<{ readonly shot: ReadonlySet<number>; readonly violations: readonly string[] }> {
  const begun = Date.now();
  const shot = new Set<number>();
  const violations: string[] = [];
  const running: Promise<void>[] = [];
  let kills = 0;
  for (const fault of plan) {
    if (kills >= untilKills) break;
    await wait(Math.max(0, begun + fault.atMs - Date.now()));
    const member = freeMember(members, fault.target);
    if (member === undefined) continue;
    const failed = (error: unknown) =>
      void violations.push(`${member.name} did not come back: ${String(error)}`);
    if (fault.kind === 'kill') {
      kills += 1;
      running.push(member.kill(fault.lengthMs).catch(failed));
    } else if (fault.kind === 'pause') running.push(member.pause(fault.lengthMs).catch(failed));
    else {
      for (const { data } of members) {
        const build = await killContainer(data);
        if (build !== undefined) shot.add(build);
      }
    }
  }
  if (kills < untilKills) await wait(Math.max(0, begun + lengthMs - Date.now()));
  await Promise.all(running);
  return { shot, violations };
}

function freeMember(members: readonly Member[], target: string): Member | undefined {
  const free = members.filter(({ isFree }) => isFree);
  return free.find(({ name }) => name === target) ?? free.find(({ name }) => name !== 'server');
}

/** Runners sweep at their start and end stages in their own time; what is left after a while is left for good. */
async function awaitNothing(
  what: string,
  find: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await find();
    if (found.length === 0 || Date.now() > end) return found.map((text) => `left behind: ${what} ${text}`);
    await wait(500);
  }
}

function listCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ') || 'nothing';
}
