import { PACED_TYPE } from './paced-engine.ts';

/** What a step must look like when nobody has disturbed it. */
export interface ExpectedStep {
  readonly name: string;
  readonly status: string;
  readonly exitCode: number;
  /** `undefined` for a step that never runs. */
  readonly log?: string;
}

/** What is pushed as one branch, and what its builds must come to. */
export interface Script {
  readonly branch: string;
  readonly config: string;
  readonly status: 'success' | 'failure';
  /** Steps by stage. */
  readonly stages: readonly (readonly ExpectedStep[])[];
}

export const SECRET_NAME = 'nemesis';
const LINES = 60;
const IMAGE = process.env.SORTIE_BENCH_IMAGE ?? 'sortie-busybox:1';

/** Makes the log of a step so long that it does not fit into what a full disk has already given to its file. */
const FILLER = 'nothing is lost and nothing is doubled, '.repeat(5);

/** Numbered lines, each with a sum over all before it, a tenth of a second for ten of them. */
const PRINT = `f='${FILLER}'; s=7; i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); s=$(( (s*31+i) % 65521 )); echo "line $i $f$s"; [ $((i % 10)) -ne 0 ] || sleep 0.1; done`;
/** Every start of a step is written down outside of what the server knows. */
const SIGN = 'echo "$DRONE_BUILD_NUMBER $DRONE_STAGE_NUMBER $DRONE_STEP_NAME" >> "$NEMESIS_LEDGER"';

/** `steps` is a folder that exists, of which the ledger is a part. */
export function scripts(hasDocker: boolean, steps: string): readonly Script[] {
  const two = `${exec('first', [step('lines', PRINT)])}---\n${exec('second', [step('lines', PRINT)], 'first')}`;
  const all: readonly Script[] = [
    green('lines', exec('default', [step('lines', PRINT), step('more', PRINT)]), [
      [printed('lines'), printed('more')],
    ]),
    green('two', two, [[printed('lines')], [printed('lines')]]),
    failing(),
    secret(),
    children(),
    paced(),
  ];
  return hasDocker ? [...all, container(steps)] : all;
}

function container(folder: string): Script {
  const names = ['lines', 'more', 'last'];
  const mount = `    volumes: [{name: ledger, path: ${folder}}]\n`;
  const image = `    image: ${IMAGE}\n    pull: never\n`;
  const config = pipeline(
    'docker',
    'default',
    names.map((name) => step(name, PRINT) + image + mount),
  );
  const volumes = `volumes: [{name: ledger, host: {path: ${folder}}}]\n`;
  return green('container', config + volumes, [names.map(printed)]);
}

/** For the `dummy` engine: many bytes at once, and a secret. */
function paced(): Script {
  const text = numbers().repeat(3);
  const many = `    environment: {DUMMY_OUTPUT: ${JSON.stringify(text)}, DUMMY_CHUNK: 777}\n`;
  const tells = `    environment: {DUMMY_PRINT: TOKEN, TOKEN: {from_secret: ${SECRET_NAME}}}\n`;
  const fails = '    environment: {DUMMY_EXIT: 4}\n';
  const steps = [idle('many') + many, idle('tells') + tells, idle('fails') + fails, idle('never')];
  const server = 'server: {host: nowhere, user: nobody, password: {from_secret: none}}\n';
  const ends = { name: 'fails', status: 'failure', exitCode: 4, log: '' };
  const never = { name: 'never', status: 'skipped', exitCode: 0 };
  const stage = [ran('many', text), ran('tells', '******\n'), ends, never];
  const config = pipeline(PACED_TYPE, 'default', steps) + server;
  return { branch: 'paced', config, status: 'failure', stages: [stage] };
}

/** Its commands run nowhere. */
function idle(name: string): string {
  return `  - name: ${name}\n    commands: ['true']\n`;
}

function failing(): Script {
  const command = 'echo bye; exit 3';
  const config = exec('default', [step('lines', PRINT), step('bad', command), step('never', PRINT)]);
  const bad = { name: 'bad', status: 'failure', exitCode: 3, log: `${trace(command)}bye\n` };
  const never = { name: 'never', status: 'skipped', exitCode: 0 };
  return { branch: 'failing', config, status: 'failure', stages: [[printed('lines'), bad, never]] };
}

/** Whole, and in two pieces. */
function secret(): Script {
  const command =
    'echo "got $TOKEN"; printf %s "$TOKEN" | cut -c1-9 | tr -d "[:cntrl:]"; sleep 0.2; printf %s "$TOKEN" | cut -c10-';
  const environment = `    environment: {TOKEN: {from_secret: ${SECRET_NAME}}}\n`;
  const config = exec('default', [step('tells', command) + environment]);
  return green('secret', config, [[ran('tells', `${trace(command)}got ******\n******\n`)]]);
}

/** What is left running belongs to nobody and must go with the stage. */
function children(): Script {
  const command = 'sleep 900 >/dev/null 2>&1 & setsid sleep 901 >/dev/null 2>&1 & sleep 0.5; echo spawned';
  return green('children', exec('default', [step('spawns', command)]), [
    [ran('spawns', `${trace(command)}spawned\n`)],
  ]);
}

function green(branch: string, config: string, stages: Script['stages']): Script {
  return { branch, config, status: 'success', stages };
}

function printed(name: string): ExpectedStep {
  return ran(name, `${trace(PRINT)}${numbers()}`);
}

function ran(name: string, log: string): ExpectedStep {
  return { name, status: 'success', exitCode: 0, log };
}

/** What a shell shows of the commands of a step. */
function trace(command: string): string {
  return `+ ${SIGN}\n+ ${command}\n`;
}

function numbers(): string {
  let sum = 7;
  let text = '';
  for (let index = 1; index <= LINES; index += 1) {
    sum = (sum * 31 + index) % 65_521;
    text += `line ${index} ${FILLER}${sum}\n`;
  }
  return text;
}

function exec(name: string, steps: readonly string[], after?: string): string {
  return pipeline('exec', name, steps) + (after === undefined ? '' : `depends_on: [${after}]\n`);
}

function pipeline(type: string, name: string, steps: readonly string[]): string {
  return `kind: pipeline\ntype: ${type}\nname: ${name}\nclone: {disable: true}\nsteps:\n${steps.join('')}`;
}

function step(name: string, command: string): string {
  return `  - name: ${name}\n    commands:\n      - ${JSON.stringify(SIGN)}\n      - ${JSON.stringify(command)}\n`;
}
