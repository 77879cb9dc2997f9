import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JsonnetError } from './errors.ts';
import { type EvaluateOptions, evaluate, evaluateDocuments } from './evaluate.ts';
import { manifestJson } from './manifest/json.ts';
import { CASE_FILES, readCaseFile } from './testing/case-file.ts';
import { OPTION_CASES } from './testing/cases/options.ts';
import { Generator } from './testing/generate.ts';
import { makeCall, makeFormat, makeYaml, makeYamlKey } from './testing/generate-calls.ts';
import { makeProgram } from './testing/generate-programs.ts';
import { type OracleAnswer, type OracleCase, openOracle } from './testing/oracle-client.ts';

/** What we did with a case: the output, or the kind of error. */
type Outcome = { readonly output: string } | { readonly error: JsonnetError };

/** Differences that stay. Everything else that differs is a mistake of ours. */
const DELIBERATE: readonly { readonly where: RegExp; readonly ours?: RegExp; readonly reason: string }[] = [
  { where: /std\.thisFile/, reason: 'the reference takes a snippet for a file without a name' },
  {
    where: /std\.range\(3,\s*1\)/,
    reason: 'the reference crashes; an empty range is what the language says',
  },
  { where: /%[-+ #0]*\d*(\.\d*)?[gG].*\[0\]/, reason: 'the reference takes the logarithm of 0 and fails' },
  { where: /"%g" % 0$/, reason: 'the reference takes the logarithm of 0 and fails' },
  {
    where: /%.*[eEgG].*\b(5e-324|1e-3(09|1\d|2\d))\b/,
    reason: 'the logarithm of subnormals is wrong on amd64',
  },
  { where: /std\.pow\(.*[.]\d/, ours: /^\d/, reason: 'exp and log of the reference depend on the processor' },
  {
    where: /parseYaml/,
    ours: /behind the end of the document/,
    reason: 'the reference silently drops what stands behind the first value; here it is an error',
  },
  {
    where:
      /std\.(setUnion|setInter|setDiff|uniq|setMember|flattenArrays|asciiUpper|asciiLower|stringChars|[lr]?stripChars)\(/,
    ours: /Expected a value of type/,
    reason: 'the reference takes arguments of a wrong type and answers nonsense',
  },
  {
    where: /std\.(manifestYamlDoc|manifestYamlStream|startsWith|endsWith|sum|deepJoin|resolvePath|format)\(/,
    ours: /Expected a value of type/,
    reason: 'the reference checks the type of an argument only where it happens to be used',
  },
];

let oracle: ReturnType<typeof openOracle>;
before(() => {
  oracle = openOracle();
});
after(() => oracle.close());

for (const name of CASE_FILES) {
  test(`the hand-made cases of ${name}.txt have the result of go-jsonnet`, () => {
    compareAll(readCaseFile(name).map((source) => ({ source })));
  });
}

test('external variables, top-level arguments, imports and streams have the result of go-jsonnet', () => {
  compareAll(OPTION_CASES);
});

/** Another seed makes other cases; the usual one makes failures repeatable. */
const SEED = Number(process.env.SORTIE_ORACLE_SEED ?? 20_240_601);

/** The reference takes 6 ms for every key, so there are fewer of them. */
const GENERATED = [
  { what: 'programs', count: 4000, make: makeProgram },
  { what: 'library calls', count: 4000, make: makeCall },
  { what: 'number formats', count: 2000, make: makeFormat },
  { what: 'YAML keys', count: 500, make: makeYamlKey },
  { what: 'YAML texts', count: 2000, make: makeYaml },
];
for (const { what, count, make } of GENERATED) {
  test(`${count} generated ${what} have the result of go-jsonnet`, () => {
    const generator = new Generator(SEED);
    compareAll(Array.from({ length: count }, () => ({ source: make(generator) })));
  });
}

function compareAll(cases: readonly OracleCase[]): void {
  const answers = oracle.ask(cases);
  assert.equal(answers.length, cases.length);
  const differences = cases.flatMap((one, index) => {
    const answer = answers[index];
    if (answer === undefined) return assert.fail('the oracle has not answered everything');
    const outcome = runCase(one);
    if (isSame(one, outcome, answer) || isDeliberate(one, outcome)) return [];
    return [{ case: one, ours: showOutcome(outcome), oracle: answer }];
  });
  assert.deepEqual(differences, []);
}

function runCase(one: OracleCase): Outcome {
  const { source, mode, files = {}, ...given } = one;
  const importer = (path: string): { path: string; text: string } | undefined => {
    const text = files[path];
    return text === undefined ? undefined : { path, text };
  };
  const options: EvaluateOptions = { file: 'case.jsonnet', importer, ...given };
  try {
    if (mode === 'stream') {
      const { documents } = evaluateDocuments(source, options);
      return { output: documents.map((document) => `${manifestJson(document)}\n`).join('---\n') };
    }
    const { value } = evaluate(source, options);
    return { output: `${mode === 'string' ? String(value) : manifestJson(value)}\n` };
  } catch (error) {
    if (error instanceof JsonnetError) return { error };
    throw error;
  }
}

/** Errors are compared by class: before anything runs, or while it runs. */
function isSame(one: OracleCase, outcome: Outcome, answer: OracleAnswer): boolean {
  if (answer.kind === 'output') {
    const expected = answer.documents.length > 0 ? answer.documents.join('---\n') : answer.output;
    return 'output' in outcome && outcome.output === expected;
  }
  if ('output' in outcome) return false;
  const isRuntime = answer.kind === 'crash' || answer.error.startsWith('RUNTIME ERROR');
  const isImported = Object.hasOwn(one.files ?? {}, outcome.error.file);
  const isOurRuntime = isImported || !['syntax', 'scope'].includes(outcome.error.kind);
  return isRuntime === isOurRuntime;
}

function isDeliberate(one: OracleCase, outcome: Outcome): boolean {
  return DELIBERATE.some(
    ({ where, ours }) => where.test(one.source) && (ours?.test(showOutcome(outcome)) ?? true),
  );
}

function showOutcome(outcome: Outcome): string {
  return 'output' in outcome ? outcome.output : outcome.error.describe();
}
