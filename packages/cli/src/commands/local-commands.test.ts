import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { Command, CommanderError } from 'commander';
import { addLocalCommands } from './local-commands.ts';

interface Ran {
  readonly out: string;
  readonly err: string;
  /** What the process would end with; the code of the error for one that was thrown. */
  readonly exit: number | string;
  /** A file of the folder afterwards. */
  read(name: string): string | undefined;
}

type Files = Readonly<Record<string, string>>;

/** Runs a command line in a folder that holds the given files. */
async function run(
  args: readonly string[],
  files: Files = {},
  process: { readonly env?: Readonly<Record<string, string>>; readonly input?: string } = {},
): Promise<Ran> {
  const cwd = await mkdtemp(join(tmpdir(), 'sortie-cli-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(cwd, name)), { recursive: true });
      await writeFile(join(cwd, name), text);
    }
    const ran = await runIn(cwd, args, process);
    const after = new Map<string, string>();
    for (const name of ['.drone.yml', ...Object.keys(files)]) {
      const text = await readFile(join(cwd, name), 'utf8').catch(() => undefined);
      if (text !== undefined) after.set(name, text);
    }
    return { ...ran, read: (name) => after.get(name) };
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

async function runIn(
  cwd: string,
  args: readonly string[],
  { env = {}, input = '' }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string },
): Promise<Omit<Ran, 'read'>> {
  let out = '';
  let err = '';
  let exit: number | string = 0;
  const program = new Command('sortie').exitOverride().configureOutput({
    writeErr: (text) => {
      err += text;
    },
  });
  const terminal = {
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    readInput: async () => input,
    cwd,
    env,
    now: () => 1_700_000_000_000,
  };
  addLocalCommands(program, terminal, (code) => {
    exit = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError || error instanceof AppError) exit = error.code;
    else throw error;
  }
  return { out, err, exit };
}

const CLEAN =
  'kind: pipeline\nname: default\nsteps:\n- name: a\n  image: alpine:3\n  commands:\n  - "true"\n';

test('[cli C084] lint of a clean file is silent', async () => {
  const { out, err, exit } = await run(['lint'], { '.drone.yml': CLEAN });
  assert.deepEqual([out, err, exit], ['', '', 0]);
});

test('[cli C085] lint reports all findings at once, each with its line and rule', async () => {
  const text = [
    'kind: pipeline',
    'steps:',
    '- name: a',
    '- name: a',
    '  image: b',
    '  privileged: true',
    '  depends_on: [c]',
    '- image: d',
    'volumes:',
    '- name: workspace',
    '  host: {path: /}',
    '---',
    'kind: pipeline',
    'depends_on: [x]',
    'platform: {os: plan9}',
    '',
  ].join('\n');
  const { out, exit } = await run(['lint', 'x.yml'], { 'x.yml': text });
  assert.equal(exit, 1);
  const found = out
    .trimEnd()
    .split('\n')
    .map((line) => /^x\.yml:(\d+):\d+: \w+ ([a-z-]+) ./.exec(line)?.slice(1, 3).join(' '));
  for (const expected of [
    '3 missing-image',
    '4 duplicate-step',
    '6 untrusted',
    '7 unknown-dependency',
    '8 missing-name',
    '10 reserved-volume',
    '14 unknown-dependency',
    '15 unknown-platform',
  ]) {
    assert.ok(found.includes(expected), `${expected} is not in ${found.join(', ')}`);
  }
});

test('[cli C086] lint --trusted accepts a volume of the host', async () => {
  const files = { '.drone.yml': `${CLEAN}volumes:\n- name: v\n  host:\n    path: /var\n` };
  assert.equal((await run(['lint', '--trusted'], files)).exit, 0);
  assert.equal((await run(['lint'], files)).exit, 1);
});

test('[cli C087] lint -o sarif writes SARIF 2.1.0', async () => {
  const { out, exit } = await run(['lint', '-o', 'sarif'], {
    '.drone.yml': 'kind: pipeline\nsteps:\n- name: a\n',
  });
  assert.equal(exit, 1);
  const log = JSON.parse(out);
  assert.equal(log.version, '2.1.0');
  const [{ tool, results }] = log.runs;
  assert.deepEqual(tool.driver.rules, [{ id: 'missing-image' }]);
  assert.deepEqual(results[0].locations[0].physicalLocation, {
    artifactLocation: { uri: '.drone.yml' },
    region: { startLine: 3, startColumn: 3 },
  });
  assert.equal(results[0].level, 'error');
});

test('lint writes JSON, also when there is nothing to say, and annotations', async () => {
  assert.equal((await run(['lint', '--format', 'json'], { '.drone.yml': CLEAN })).out, '[]\n');
  const { out } = await run(['lint', '-o', 'github'], {
    '.drone.yml': 'kind: pipeline\nsteps:\n- name: a\n',
  });
  assert.match(
    out,
    /^::error file=\.drone\.yml,line=3,col=3,title=missing-image::The step "a" has no image\./,
  );
});

test('lint --strict fails for a warning', async () => {
  const files = { '.drone.yml': `${CLEAN}  imagee: b\n` };
  assert.equal((await run(['lint'], files)).exit, 0);
  assert.equal((await run(['lint', '--strict'], files)).exit, 1);
});

test('lint takes standard input, folders and generated files', async () => {
  const broken = 'kind: pipeline\nsteps:\n- name: a\n';
  const fromInput = await run(['lint', '-'], {}, { input: broken });
  assert.match(fromInput.out, /^<stdin>:3:3: error missing-image /);
  const folder = await run(['lint', 'ci'], {
    'ci/a.yml': broken,
    'ci/b.jsonnet': '{ kind: "pipeline", steps: [{ name: "b" }] + import "c.libsonnet" }',
    'ci/c.libsonnet': '[]',
    'ci/d.star': 'def main(ctx):\n  return 1\n',
    'ci/notes.txt': 'x',
  });
  assert.match(folder.out, /^ci\/a\.yml:3:3: /m);
  assert.match(folder.out, /^ci\/b\.jsonnet \(generated\):/m);
  assert.match(folder.out, /^ci\/d\.star:/m);
});

test('a file that is not there and flags that do not exist are told apart', async () => {
  assert.equal((await run(['lint', 'nothing.yml'])).exit, 'config-missing');
  assert.equal((await run(['lint', '--wrong'])).exit, 'commander.unknownOption');
  assert.equal((await run(['explain', '--event', 'pushh'])).exit, 'commander.invalidArgument');
});

const TWO = `${CLEAN}  environment:\n    KEY:\n      from_secret: key\n---\nkind: pipeline\nname: release\ndepends_on: [default]\ntrigger:\n  event: tag\nsteps:\n- name: r\n  image: alpine\n`;

test('compile prints the plans of the pipelines that would run', async () => {
  const push = await run(['compile'], { '.drone.yml': TWO });
  assert.deepEqual([push.exit, push.err], [0, '']);
  const plans = JSON.parse(push.out);
  assert.deepEqual(
    plans.map(({ name }: { name: string }) => name),
    ['default'],
  );
  assert.deepEqual(plans[0].steps[1].secrets, [{ env: 'KEY', secret: 'key' }]);
  const tag = JSON.parse((await run(['compile', '--event', 'tag'], { '.drone.yml': TWO })).out);
  assert.deepEqual(
    tag.map(({ name }: { name: string }) => name),
    ['default', 'release'],
  );
  assert.equal(tag[0].steps[1].environment.DRONE_TAG, 'v1.0.0');
});

test('compile of one pipeline does not ask its trigger, and of an unknown one names those that there are', async () => {
  const one = JSON.parse((await run(['compile', '--pipeline', 'release'], { '.drone.yml': TWO })).out);
  assert.deepEqual(
    one.map(({ name }: { name: string }) => name),
    ['release'],
  );
  assert.equal((await run(['compile', '--pipeline', 'x'], { '.drone.yml': TWO })).exit, 'invalid-request');
});

test('compile of a wrong file writes findings to standard error only', async () => {
  const { out, err, exit } = await run(['compile'], { '.drone.yml': 'kind: pipeline\nsteps:\n- name: a\n' });
  assert.deepEqual([out, exit], ['', 1]);
  assert.match(err, /missing-image/);
});

test('explain says which pipelines and steps would run, and why not', async () => {
  const { out, exit } = await run(['explain'], { '.drone.yml': TWO });
  assert.equal(exit, 0);
  assert.equal(
    out,
    [
      'runs  pipeline default (docker): all conditions hold',
      '  runs  step a: all conditions hold',
      'skips pipeline release (docker): event is "push", wanted: tag',
      '',
    ].join('\n'),
  );
  const json = JSON.parse((await run(['explain', '--format', 'json'], { '.drone.yml': TWO })).out);
  assert.equal(json.stages[1].alternatives[0][0].key, 'event');
});

const STREAM = '[{ kind: "pipeline", name: n, steps: [] } for n in ["a", "b"]]';

test('[cli C090] jsonnet --stream --format --stdout writes YAML documents behind separators', async () => {
  const { out, exit } = await run(['jsonnet', '--stream', '--format', '--stdout'], {
    '.drone.jsonnet': STREAM,
  });
  assert.equal(exit, 0);
  assert.equal(out, '---\nkind: pipeline\nname: a\nsteps: []\n---\nkind: pipeline\nname: b\nsteps: []\n');
});

test('[cli C091] jsonnet takes variables from flags and environment and imports from library folders', async () => {
  const files = {
    '.drone.jsonnet': 'import "x.libsonnet"',
    'lib/x.libsonnet': '{ a: std.extVar("a"), home: std.extVar("HOME") }',
  };
  const args = ['jsonnet', '--stdout', '--format', '-V', 'a=1', '-V', 'HOME', '-J', 'lib'];
  const { out, exit } = await run(args, files, { env: { HOME: '/root' } });
  assert.deepEqual([out, exit], ['---\na: "1"\nhome: /root\n', 0]);
  assert.equal((await run(args, files)).exit, 'invalid-request');
});

test('[cli C092] jsonnet takes the file as an argument and writes the target', async () => {
  const ran = await run(['jsonnet', 'other.jsonnet'], { 'other.jsonnet': '{ kind: "pipeline" }' });
  assert.equal(ran.exit, 0);
  assert.match(ran.read('.drone.yml') ?? '', /"kind": "pipeline"/);
});

test('jsonnet --check fails when the target is not up to date and leaves it alone', async () => {
  const files = { '.drone.jsonnet': '{ kind: "pipeline" }', '.drone.yml': 'old\n' };
  const ran = await run(['jsonnet', '--check'], files);
  assert.equal(ran.exit, 1);
  assert.equal(ran.read('.drone.yml'), 'old\n');
  assert.match(ran.err, /is not up to date/);
});

test('[cli C093] starlark makes a document of a dict, several of a list, and refuses a text', async () => {
  const script = (result: string) => ({ '.drone.star': `def main(ctx):\n  return ${result}\n` });
  const stdout = async (result: string) => run(['starlark', '--stdout'], script(result));
  assert.equal((await stdout('{"kind": "pipeline"}')).out, '---\nkind: pipeline\n');
  assert.equal((await stdout('[{"a": 1}, {"b": 2}]')).out, '---\na: 1\n---\nb: 2\n');
  assert.equal((await run(['starlark', '--stdout', '--format'], script('{"a": 1}'))).out, '---\na: 1\n');
  assert.match((await run(['starlark', '--stdout', '--no-format'], script('{"a": 1}'))).out, /^---\n\{/);
  const wrong = await stdout('"text"');
  assert.deepEqual([wrong.exit, wrong.out], [1, '']);
});

test('[cli C094] starlark gives the script the source branch, and prints to standard error', async () => {
  const script =
    'def main(ctx):\n  print("seen")\n  return {"s": ctx.build.source, "t": ctx.build.target, "i": ctx.input.x}\n';
  const args = [
    'starlark',
    '--stdout',
    '--build.source',
    'topic',
    '--build.target',
    'main',
    '--input',
    'x=1',
  ];
  const { out, err } = await run(args, { '.drone.star': script });
  assert.equal(out, '---\ns: topic\nt: main\ni: "1"\n');
  assert.match(err, /seen/);
});

test('[cli C095] an endless loop in a starlark module ends at the step limit', async () => {
  const script = 'x = [i for i in range(1000000000)]\ndef main(ctx):\n  return {}\n';
  const { exit, err } = await run(['starlark', '--stdout'], { '.drone.star': script });
  assert.equal(exit, 1);
  assert.match(err, /\.drone\.star:1:\d+: error starlark-/);
});
