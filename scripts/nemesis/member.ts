import { appendFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FaultKind } from './fault-plan.ts';
import type { SmallDisk } from './small-disk.ts';

/** What was done to a process; times in Unix milliseconds, `toMs` when all was well again. */
export interface DoneFault {
  readonly target: string;
  readonly kind: FaultKind;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A process to which things are done; it comes back under the same name, folder and address. */
export interface Member {
  readonly name: string;
  readonly data: string;
  readonly history: readonly DoneFault[];
  /** False while this cannot be done to it for so long, for example because it is dead. */
  bears(kind: FaultKind, lengthMs: number): boolean;
  start(): Promise<void>;
  /** SIGKILL, and a new start after so long. */
  kill(downMs: number): Promise<void>;
  /** SIGSTOP for so long. */
  pause(lengthMs: number): Promise<void>;
  /** Its reports find no room for so long. */
  fill(lengthMs: number): Promise<void>;
  /** Its wall clock is wrong by `byMs` for so long, also when it is killed meanwhile. */
  shift(byMs: number, lengthMs: number): Promise<void>;
  /** By SIGTERM, for good. */
  end(): Promise<void>;
}

export interface Started {
  readonly child: { kill(signal: NodeJS.Signals): boolean };
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Removes what belongs to the process and not to the member. */
  tidy?(): Promise<void>;
}

export interface MemberDeps {
  readonly name: string;
  readonly data: string;
  /** Where the output of all its processes is kept, and what its clock shows. */
  readonly folder: string;
  /** Where its reports are kept; absent when nothing of it can be filled. */
  readonly disk?: SmallDisk | undefined;
  /** Starts a process with these variables beside others. */
  readonly launch: (env: Readonly<Record<string, string>>) => Promise<Started>;
}

/** So long one looks for a step that is just writing something. */
const WRITTEN_MS = 8000;
/** Other processes give back some room while the disk is full. */
const REFILL_MS = 50;
/** Whose disk is full for so long is left alone meanwhile, so that it is seen how it goes on. */
const ALONE_MS = 4000;
const PRELOAD = new URL('./shifted-clock.ts', import.meta.url).href;

export function createMember({ name, data, folder, disk, launch }: MemberDeps): Member {
  const clock = join(folder, `${name}.clock`);
  const history: DoneFault[] = [];
  /** What is being done to it. */
  const going = new Set<FaultKind>();
  let process: Started | undefined;
  let isAlone = true;

  async function keep(): Promise<void> {
    await appendFile(join(folder, `${name}.log`), `${process?.output() ?? ''}\n---\n`);
    await process?.tidy?.();
  }
  async function start(): Promise<void> {
    process = await launch({ NEMESIS_CLOCK: clock, NODE_OPTIONS: `--import=${PRELOAD}` });
    isAlone = false;
  }
  async function during(kind: FaultKind, work: () => Promise<void>): Promise<void> {
    going.add(kind);
    const fromMs = Date.now();
    await work();
    history.push({ target: name, kind, fromMs, toMs: Date.now() });
    going.delete(kind);
  }
  async function setClock(byMs: number): Promise<void> {
    // At one stroke, because it is read all the time.
    await writeFile(`${clock}.new`, String(byMs));
    await rename(`${clock}.new`, clock);
  }

  return {
    name,
    data,
    history,
    start,
    bears(kind, lengthMs) {
      if (going.has(kind) || (kind === 'disk' && disk === undefined)) return false;
      const isUp = !isAlone && !going.has('kill') && !going.has('pause');
      return isUp || kind === 'clock' || (kind === 'disk' && lengthMs < ALONE_MS);
    },
    kill: (downMs) =>
      during('kill', async () => {
        await process?.stop('SIGKILL');
        await keep();
        await wait(downMs);
        await start();
      }),
    pause: (lengthMs) =>
      during('pause', async () => {
        process?.child.kill('SIGSTOP');
        await wait(lengthMs);
        process?.child.kill('SIGCONT');
      }),
    fill: (lengthMs) =>
      during('disk', async () => {
        isAlone = lengthMs >= ALONE_MS;
        for (const end = Date.now() + WRITTEN_MS; Date.now() < end; await wait(20)) {
          if ((await disk?.isWritten()) === true) break;
        }
        for (const end = Date.now() + lengthMs; Date.now() < end; await wait(REFILL_MS)) await disk?.fill();
        await disk?.free();
        isAlone = false;
      }),
    shift: (byMs, lengthMs) =>
      during('clock', async () => {
        await setClock(byMs);
        await wait(lengthMs);
        await setClock(0);
      }),
    async end() {
      isAlone = true;
      await process?.stop('SIGTERM');
      await keep();
    },
  };
}

export function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
