import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { compileStage } from '../../packages/pipeline/src/compile.ts';
import { aContext } from '../../packages/pipeline/src/compile-context.fixture.ts';
import { evaluateJsonnetFile, runStarlarkFile } from '../../packages/pipeline/src/convert/script-file.ts';
import { triggerContextOf } from '../../packages/pipeline/src/match.ts';
import { PreparedConfig } from '../../packages/pipeline/src/prepared-config.ts';
import { readConfig } from '../../packages/pipeline/src/read.ts';
import { sampleTexts } from '../../packages/pipeline/src/sample.fixture.ts';
import { selectStages } from '../../packages/pipeline/src/stages.ts';
import { compare, type Figure } from './figure.ts';

const CORPUS = join(import.meta.dirname, '../../../shared/corpus/yaml');
const RUNS = 7;
/** Long enough that the clock and the collector of garbage do not matter. */
const LEAST_MS = 400;

/** Files per second of processor time, one thread: the pipeline language and the interpreters of generated files. */
export async function run(print: (figure: Figure) => void): Promise<void> {
  const files = readFiles();
  const what = existsSync(CORPUS)
    ? `${files.length} real files`
    : `${files.length} examples, no real files here`;
  print(
    await compare({
      name: 'lint, match, substitute and compile',
      unit: 'files/s',
      runs: RUNS,
      ours: async () => rate(files.length, () => files.forEach(compileFile)),
      floor: async () => rate(files.length, () => files.forEach(parseOnly)),
      note: `aim: at least 1000; ${what}; floor: the yaml package parsing alone`,
    }),
  );
  print(
    await compare({
      name: 'lint',
      unit: 'files/s',
      runs: RUNS,
      ours: async () => rate(files.length, () => files.forEach(lintFile)),
      note: what,
    }),
  );
  print(await interpreter('jsonnet', JSONNET, evaluateJsonnet));
  print(await interpreter('starlark', STARLARK, evaluateStarlark));
}

function interpreter(name: string, text: string, evaluate: (text: string) => void): Promise<Figure> {
  return compare({
    name,
    unit: 'files/s',
    runs: RUNS,
    ours: async () => rate(1, () => evaluate(text)),
    note: 'aim: at least 200; eight pipelines made with functions and loops',
  });
}

/** How many files per second of processor time, when one call handles `count`. */
function rate(count: number, work: () => void): number {
  let handled = 0;
  const start = processorMs();
  let now = start;
  while (now - start < LEAST_MS) {
    work();
    handled += count;
    now = processorMs();
  }
  return (handled * 1000) / (now - start);
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function readFiles(): readonly string[] {
  if (!existsSync(CORPUS)) return sampleTexts();
  return readdirSync(CORPUS)
    .filter((file) => !file.includes('.v08.'))
    .map((file) => readFileSync(join(CORPUS, file), 'utf8'));
}

function lintFile(text: string): void {
  readConfig(text, { file: 'x' });
}

function compileFile(text: string): void {
  const prepared = new PreparedConfig(text);
  const { pipelines } = readConfig(prepared, { file: 'x' });
  const { build, repo, system } = aContext();
  const { stages } = selectStages(pipelines, triggerContextOf(build, repo, system.host));
  for (const { name, type } of stages) {
    compileStage(prepared, { file: 'x' }, aContext({ isTrusted: true, stage: { name, type } }));
  }
}

function parseOnly(text: string): void {
  parseAllDocuments(text, { version: '1.1', uniqueKeys: false });
}

const BUILD = { event: 'push', branch: 'main' };

function evaluateJsonnet(text: string): void {
  const extVars = { 'build.event': BUILD.event, 'build.branch': BUILD.branch };
  check(evaluateJsonnetFile({ file: 'x.jsonnet', text, format: 'json', extVars }).findings.length);
}

function evaluateStarlark(text: string): void {
  check(
    runStarlarkFile({ file: 'x.star', text, format: 'json', ctx: { build: BUILD, repo: {} } }).findings
      .length,
  );
}

/** A file that fails early would look fast. */
function check(findings: number): void {
  if (findings > 0) throw new Error('the measured file is wrong');
}

const JSONNET = `
local images = { go: 'golang:1.26', node: 'node:26' };
local step(name, image, commands, extra={}) = { name: name, image: image, commands: commands } + extra;
local pipeline(os, arch, language) = {
  kind: 'pipeline',
  type: 'docker',
  name: '%s-%s-%s' % [language, os, arch],
  platform: { os: os, arch: arch },
  trigger: { event: ['push', 'pull_request'], branch: { exclude: ['dependabot/**'] } },
  steps: [
    step('prepare', images[language], ['echo ' + std.extVar('build.branch')]),
    step('test', images[language], ['make ' + target for target in ['lint', 'unit', 'race']]),
    step('publish', 'plugins/docker', [], {
      settings: { tags: std.join(',', [std.asciiLower(arch), 'latest']), password: { from_secret: 'password' } },
      when: { event: if std.extVar('build.event') == 'tag' then ['tag'] else ['push'] },
    }) { commands:: [] },
  ],
};
std.flattenArrays([
  [pipeline('linux', arch, language) for arch in ['amd64', 'arm64', 'arm', 's390x']]
  for language in std.objectFields(images)
])
`;

const STARLARK = `
IMAGES = {"go": "golang:1.26", "node": "node:26"}

def step(name, image, commands, **extra):
    result = {"name": name, "image": image, "commands": commands}
    result.update(extra)
    return result

def pipeline(ctx, arch, language):
    image = IMAGES[language]
    publish = {"tags": ",".join([arch.lower(), "latest"]), "password": {"from_secret": "password"}}
    return {
        "kind": "pipeline",
        "type": "docker",
        "name": "%s-linux-%s" % (language, arch),
        "platform": {"os": "linux", "arch": arch},
        "trigger": {"event": ["push", "pull_request"], "branch": {"exclude": ["dependabot/**"]}},
        "steps": [
            step("prepare", image, ["echo " + ctx.build.branch]),
            step("test", image, ["make " + target for target in ["lint", "unit", "race"]]),
            step("publish", "plugins/docker", [], settings = publish, when = {
                "event": ["tag"] if ctx.build.event == "tag" else ["push"],
            }),
        ],
    }

def main(ctx):
    return [
        pipeline(ctx, arch, language)
        for language in IMAGES
        for arch in ["amd64", "arm64", "arm", "s390x"]
    ]
`;
