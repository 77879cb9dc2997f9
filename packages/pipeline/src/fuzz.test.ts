// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the pipeline language
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Plan } from '@sortie/core/plan';
import { assertQuick } from '@sortie/testing/cpu-time';
import { compileStage } from './compile.ts';
import { aContext } from './compile-context.fixture.ts';
import { parseDocuments } from './documents.ts';
import { explainConfig } from './explain.ts';
import { createFindingLog } from './finding-log.ts';
import { triggerContextOf } from './match.ts';
import { readConfig } from './read.ts';
import { toScope } from './read-scope.ts';
import { sampleTexts } from './sample.fixture.ts';
import { createSeeded, mutate, type Seeded } from './seeded.fixture.ts';
import { selectStages } from './stages.ts';
import { substituteTree } from './substitute-tree.ts';
import type { TreeNode } from './tree.ts';

/** All of them take minutes: `SORTIE_FUZZ=100000`. */
const CASES = Number(process.env.SORTIE_FUZZ ?? 400);
/** Processor time. No file of the size of these needs a twentieth of it, and those that were made to be slow none. */
const CPU_LIMIT_MS = 400;
/** What 100,000 plans that are kept would take is many times as much. */
const HEAP_LIMIT_BYTES = 150 * 1024 * 1024;

const CONTEXT = aContext({ isTrusted: true });
const TRIGGER = triggerContextOf(CONTEXT.build, CONTEXT.repo, CONTEXT.system.host);

/** Reads, explains and compiles a file; the plans of its stages. */
function runAll(text: string): readonly Plan[] {
  const options = { file: '.drone.yml' };
  const { pipelines } = readConfig(text, { ...options, isTrusted: false });
  explainConfig(text, options, { trigger: TRIGGER });
  const { stages } = selectStages(pipelines, TRIGGER);
  return stages.slice(0, 5).flatMap(({ name, type }) => {
    const context = { ...CONTEXT, stage: { ...CONTEXT.stage, name, type } };
    return compileStage(text, options, context).plan ?? [];
  });
}

/** The plans of the file; fails when it throws or takes long. */
function withinLimit(text: string, seed: string, limitMs = CPU_LIMIT_MS): readonly Plan[] {
  let plans: readonly Plan[] = [];
  const work = (): void => {
    try {
      plans = runAll(text);
    } catch (error) {
      throw new Error(`${seed} made it throw: ${JSON.stringify(text)}`, { cause: error });
    }
  };
  assertQuick(work, limitMs, `${seed}: ${JSON.stringify(text.slice(0, 2000))}`);
  return plans;
}

/**
 * Bytes that somebody holds. What nobody holds any more must not count, whatever ran before in this process: some of
 * it goes only at a later turn, and the least that is seen counts.
 */
async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round += 1) {
    await nextTurn();
    collectGarbage();
    least = Math.min(least, process.memoryUsage().heapUsed);
  }
  return least;
}

function assertAcyclic({ steps }: Plan): void {
  const done = new Set<string>();
  let open = steps.filter(({ name }) => !done.has(name));
  const names = new Set(steps.map(({ name }) => name));
  while (open.length > 0) {
    const ready = open.filter(({ dependsOn }) =>
      dependsOn.every((name) => done.has(name) || !names.has(name)),
    );
    assert.notEqual(ready.length, 0, `a cycle among ${open.map(({ name }) => name).join(', ')}`);
    for (const { name } of ready) done.add(name);
    open = open.filter(({ name }) => !done.has(name));
  }
}

test(`${CASES} damaged files are read, explained and compiled without an exception or a long wait`, async () => {
  const texts = sampleTexts();
  const before = await heldBytes();
  for (let round = 0; round < CASES; round += 1) {
    const random = createSeeded(round * 7919 + 1);
    for (const plan of withinLimit(mutate(random.pick(texts), random), `case ${round}`)) assertAcyclic(plan);
  }
  const grown = (await heldBytes()) - before;
  assert.ok(grown < HEAP_LIMIT_BYTES, `the heap grew by ${grown} bytes`);
});

test('bytes without any sense are read without an exception', () => {
  const random = createSeeded(99);
  for (let round = 0; round < CASES; round += 1) {
    const bytes = Uint8Array.from({ length: random.below(200) }, () => random.below(256));
    withinLimit(new TextDecoder().decode(bytes), `bytes ${round}`);
    withinLimit(String.fromCharCode(...Array.from(bytes, (byte) => byte * 257)), `units ${round}`);
  }
});

test('the same file and build always give the same plan', () => {
  for (const text of sampleTexts().filter((_, at) => at % 7 === 0)) {
    assert.deepEqual(runAll(text), runAll(text));
  }
});

/** What may not change when values are put in: lists, maps, and how many things they hold. */
function shapeOf(node: TreeNode): unknown {
  if (node.kind === 'scalar') return 'scalar';
  if (node.kind === 'list') return node.items.map(shapeOf);
  return node.entries.map(({ key, value }) => [shapeOf(key), shapeOf(value)]);
}

const HOSTILE: readonly string[] = [
  '',
  'main',
  'a: b',
  '- a',
  'a\nb: c',
  'x\n- y',
  '"',
  "'",
  '# c',
  ' #c',
  '{a: b}',
  '[a, b]',
  'a, b',
  'a}',
  ']',
  '&a',
  '*a',
  '!!map x',
  '|',
  '>',
  '? a',
  '---',
  '\n---\n',
  '...',
  '%x',
  '\t',
  '`id`',
  '$(id)',
  '${A}',
  '\\',
  '<<',
  'yes',
  '~',
  'feature/"quoted" \'and\' : more',
];

function expressionFile(random: Seeded): string {
  const expression = () =>
    random.pick([
      '${A}',
      'x ${A} y',
      '"${A}"',
      "'${A}'",
      '${A}${B}',
      '${B:-${A}}',
      '["${A}", z]',
      '{k: "${A}"}',
      '|\n      ${A}\n      end',
      '>\n      ${A}',
      '# ${A}',
    ]);
  const lines = ['kind: pipeline', `name: ${expression()}`, 'steps:'];
  for (let steps = 1 + random.below(3); steps > 0; steps -= 1) {
    lines.push(`- name: s${steps}`, `  image: ${expression()}`, '  settings:', `    key: ${expression()}`);
    lines.push('  commands:', `  - ${expression()}`, `  ${random.pick(['user', '${A}'])}: ${expression()}`);
  }
  return `${lines.join('\n')}\n`;
}

test('a hostile value never adds, removes or moves anything in a file', () => {
  const random = createSeeded(4711);
  let kept = 0;
  for (let round = 0; round < CASES; round += 1) {
    const text = expressionFile(random);
    const values: Readonly<Record<string, string>> = { A: random.pick(HOSTILE), B: random.pick(HOSTILE) };
    const log = createFindingLog('.drone.yml');
    for (const document of parseDocuments(text, log)) {
      const scope = toScope(document, { compatibility: false, isServer: false }, log);
      const root = substituteTree(document, (name) => values[name] ?? '', scope);
      assert.deepEqual(
        shapeOf(root),
        shapeOf(document.root),
        `${JSON.stringify(values)} in ${JSON.stringify(text)}`,
      );
      kept += 1;
    }
  }
  assert.ok(kept > CASES / 2, `only ${kept} of ${CASES} files could be read`);
});

const BOMBS: readonly (readonly [name: string, text: string, code: string])[] = [
  ['aliases of aliases', aliasBomb(), 'alias-expansion'],
  ['lists in lists', `a: ${'['.repeat(5000)}${']'.repeat(5000)}\n`, 'nested-too-deep'],
  ['maps in maps', `a: ${'{a: '.repeat(5000)}1${'}'.repeat(5000)}\n`, 'nested-too-deep'],
  ['indented lists', `${'- '.repeat(5000)}a\n`, 'nested-too-deep'],
  ['a file over 1 MiB', `kind: pipeline # ${'x'.repeat(1024 * 1024)}\n`, 'file-too-large'],
];

function aliasBomb(): string {
  const levels = Array.from({ length: 12 }, (_, at) => {
    const inside =
      at === 0
        ? 'x'.repeat(100)
        : Array(10)
            .fill(`*a${at - 1}`)
            .join(', ');
    return `a${at}: &a${at} [${inside}]`;
  });
  return `kind: pipeline\n${levels.join('\n')}\n`;
}

for (const [name, text, code] of BOMBS) {
  test(`a bomb of ${name} is refused at once`, () => {
    const { findings } = readConfig(text, { file: '.drone.yml' });
    assert.ok(
      findings.some((finding) => finding.code === code),
      JSON.stringify(findings.map((finding) => finding.code)),
    );
    withinLimit(text, name);
  });
}

// The goal is one second on an idle machine.
test('2,000 steps compile quickly', () => {
  const steps = Array.from(
    { length: 2000 },
    (_, at) => `- name: s${at}\n  image: alpine\n  commands: [echo ${at}]\n`,
  );
  const [plan] = withinLimit(`kind: pipeline\nsteps:\n${steps.join('')}`, '2,000 steps', 4000);
  assert.equal(plan?.steps.length, 2001);
});
