import { type Command, InvalidArgumentError, Option } from 'commander';
import { type BuildFlags, collect, toBuild, toEvent, withBuild } from './build-flags.ts';
import type { LocalBuildOptions } from './local-build.ts';
import type { Terminal } from './terminal.ts';

/** Ends the process with an exit code once its output is written. */
export type SetExitCode = (code: number) => void;

/**
 * Adds the commands that need no server: their flags here, their work in files that are loaded when they run.
 */
export function addLocalCommands(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  addLint(program, terminal, setExitCode);
  addCompile(program, terminal, setExitCode);
  addExplain(program, terminal, setExitCode);
  addJsonnet(program, terminal, setExitCode);
  addStarlark(program, terminal, setExitCode);
}

function addLint(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const command = program
    .command('lint [files...]')
    .description('find the mistakes in pipeline files')
    .addOption(
      choice('-o, --output <format>', 'how findings are written', ['text', 'json', 'sarif', 'github']),
    )
    .addOption(choice('--format <format>', 'the same as --output', ['text', 'json', 'sarif', 'github'], ''))
    .option('--strict', 'warnings fail too', false)
    .addHelpText('after', EXAMPLES.lint);
  withBuild(command).action(async (files: string[], flags: BuildFlags & LintFlags) => {
    const { lint } = await import('./lint.ts');
    const paths = files.length > 0 ? files : ['.drone.yml'];
    const { strict, templates } = flags;
    const output = flags.format || flags.output;
    setExitCode(await lint(terminal, { paths, output, strict, templates, build: toBuild(flags) }));
  });
}

interface LintFlags {
  readonly output: 'text' | 'json' | 'sarif' | 'github';
  readonly format: LintFlags['output'] | '';
  readonly strict: boolean;
}

function addCompile(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const command = program
    .command('compile [file]')
    .description('print what a runner would do, as JSON')
    .option('--pipeline <name>', 'only this pipeline, whatever its trigger says')
    .addOption(choice('--format <format>', 'how the plans are written', ['json']))
    .addHelpText('after', EXAMPLES.compile);
  withBuild(command).action(async (file: string | undefined, flags: BuildFlags & { pipeline?: string }) => {
    const { compile } = await import('./compile.ts');
    const { pipeline, templates } = flags;
    setExitCode(
      await compile(terminal, { path: file ?? '.drone.yml', pipeline, templates, build: toBuild(flags) }),
    );
  });
}

function addExplain(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const command = program
    .command('explain [file]')
    .description('say which pipelines and steps would run, and why')
    .addOption(choice('--format <format>', 'how it is written', ['text', 'json']))
    .addHelpText('after', EXAMPLES.explain);
  withBuild(command).action(
    async (file: string | undefined, flags: BuildFlags & { format: 'text' | 'json' }) => {
      const { explain } = await import('./explain.ts');
      const { format: output, templates } = flags;
      setExitCode(
        await explain(terminal, { path: file ?? '.drone.yml', output, templates, build: toBuild(flags) }),
      );
    },
  );
}

function addJsonnet(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  withTarget(program.command('jsonnet [file]').description('turn a Jsonnet file into a pipeline file'))
    .option('--source <file>', 'the file, when it is not named alone', '.drone.jsonnet')
    .option('--format', 'write YAML instead of JSON', false)
    .option('--stream', 'the result is an array, each item a document', false)
    .option('--string', 'the result is a text that is written as it is', false)
    .option(
      '-V, --extVar <name[=value]>',
      'an external variable; without a value that of the environment',
      collect,
      [],
    )
    .option('--ext-code <name=code>', 'an external variable as Jsonnet code', collect, [])
    .option('--tla-str <name=value>', 'an argument of the function that the file is', collect, [])
    .option('--tla-code <name=code>', 'such an argument as Jsonnet code', collect, [])
    .option('-J, --jpath <folder>', 'a folder of libraries; the last one is asked first', collect, [])
    .addHelpText('after', EXAMPLES.jsonnet)
    .action(async (file: string | undefined, flags: JsonnetFlags) => {
      const { jsonnet } = await import('./jsonnet.ts');
      setExitCode(await jsonnet(terminal, { ...flags, source: file ?? flags.source }));
    });
}

type JsonnetFlags = Parameters<typeof import('./jsonnet.ts').jsonnet>[1];

/** Fields of `ctx.build` and `ctx.repo` with what they hold unless a flag says otherwise. */
const STARLARK_FIELDS = {
  'repo.name': '',
  'repo.namespace': '',
  'repo.slug': '',
  'build.event': 'push',
  'build.branch': 'main',
  'build.source': '',
  'build.source_repo': '',
  'build.target': '',
  'build.ref': '',
  'build.commit': '',
  'build.message': '',
  'build.title': '',
  'build.link': '',
  'build.environment': '',
} as const;

function addStarlark(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const command = withTarget(
    program.command('starlark [file]').description('turn a Starlark file into a pipeline file'),
  )
    .option('--source <file>', 'the file, when it is not named alone', '.drone.star')
    .option('--format', 'write YAML', true)
    .option('--no-format', 'write JSON instead of YAML')
    .option('--max-execution-steps <number>', 'when the script is stopped', toCount, 50_000)
    .option('--build.debug', 'ctx.build.debug is true', false)
    .option('--input <name=value>', 'a value of ctx.input', collect, [])
    .option('--input-file <file>', 'a JSON object for ctx.input')
    .addHelpText('after', EXAMPLES.starlark);
  for (const [name, value] of Object.entries(STARLARK_FIELDS)) {
    command.option(`--${name} <text>`, `ctx.${name}`, value);
  }
  command.action(async (file: string | undefined, flags: StarlarkFlags) => {
    const { starlark } = await import('./starlark.ts');
    const source = file ?? flags.source;
    setExitCode(
      await starlark(terminal, { ...flags, ...starlarkBuild(flags), source, steps: flags.maxExecutionSteps }),
    );
  });
}

type StarlarkFlags = {
  readonly source: string;
  readonly format: boolean;
  readonly maxExecutionSteps: number;
  readonly input: readonly string[];
  readonly inputFile?: string;
  readonly target: string;
  readonly stdout: boolean;
  readonly check: boolean;
  readonly 'build.debug': boolean;
} & Readonly<Record<keyof typeof STARLARK_FIELDS, string>>;

function starlarkBuild(flags: StarlarkFlags): {
  readonly build: LocalBuildOptions;
  readonly fields: Readonly<Record<string, string>>;
  readonly debug: boolean;
} {
  const branch = flags['build.branch'];
  const slug = flags['repo.slug'] || [flags['repo.namespace'], flags['repo.name']].filter(Boolean).join('/');
  const build: LocalBuildOptions = {
    event: toEvent(flags['build.event']),
    branch: flags['build.target'] || branch,
    source: flags['build.source'] || branch,
    ref: flags['build.ref'] || `refs/heads/${branch}`,
    sha: flags['build.commit'],
    repo: slug,
    action: '',
    deployTo: flags['build.environment'],
    cron: '',
    message: flags['build.message'],
    instance: '',
    params: {},
    trusted: false,
  };
  const fields = {
    title: flags['build.title'],
    link: flags['build.link'],
    source_repo: flags['build.source_repo'],
    branch,
  };
  return { build, fields, debug: flags['build.debug'] };
}

function withTarget(command: Command): Command {
  return command
    .option('--target <file>', 'the file that is written', '.drone.yml')
    .option('--stdout', 'write to standard output instead', false)
    .option('--check', 'write nothing, fail when the target is not up to date', false);
}

function toCount(text: string): number {
  if (!/^[1-9]\d{0,11}$/.test(text)) throw new InvalidArgumentError('Write a whole number above 0.');
  return Number(text);
}

function choice(flags: string, text: string, words: readonly string[], byDefault = words[0]): Option {
  return new Option(flags, text).choices(words).default(byDefault);
}

const EXAMPLES = {
  lint: `
Examples:
  sortie lint                                # .drone.yml of this folder
  sortie lint --strict pipelines/ a.jsonnet  # folders and generated files
  cat .drone.yml | sortie lint -             # standard input
  sortie lint -o sarif > findings.sarif`,
  compile: `
Examples:
  sortie compile --event tag --ref refs/tags/v1.2.3
  sortie compile --pipeline nightly other.yml`,
  explain: `
Examples:
  sortie explain --event pull_request --branch main --changed-file docs/index.md
  sortie explain --event cron --cron nightly --format json`,
  jsonnet: `
Examples:
  sortie jsonnet --format --stdout
  sortie jsonnet other.jsonnet -V version=1 -J lib --target .drone.yml`,
  starlark: `
Examples:
  sortie starlark --stdout
  sortie starlark --build.event tag --build.ref refs/tags/v1 --check`,
} as const;
