// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the pipeline language
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { compileStage } from './compile.ts';
import { aContext } from './compile-context.fixture.ts';
import { type OutValue, writeDocuments } from './out-yaml.ts';

const RUNS = Math.min(20_000, Number(process.env.SORTIE_FUZZ ?? 300));

const FILE = `kind: pipeline
type: docker
name: default
steps:
  - name: build
    image: golang:\${DRONE_TAG:-1}
    environment:
      MESSAGE: \${DRONE_COMMIT_MESSAGE}
      QUOTED: "say \${DRONE_COMMIT_MESSAGE} twice: \${DRONE_COMMIT_MESSAGE}"
    commands:
      - echo \${DRONE_COMMIT_MESSAGE}
      - 'echo \${DRONE_COMMIT_MESSAGE}'
  - name: test
    image: alpine
    settings:
      note: \${DRONE_COMMIT_MESSAGE}
`;

function compileWith(message: string) {
  const context = aContext();
  const build = { ...context.build, message };
  return compileStage(FILE, { file: '.drone.yml' }, { ...context, build });
}

test('a commit message, whatever it holds, changes no step and adds no variable', () => {
  const plain = compileWith('plain').plan;
  assert.ok(plain);
  const shapeOf = (plan: typeof plain) =>
    plan.steps.map(({ name, dependsOn, mounts, privileged }) => ({ name, dependsOn, mounts, privileged }));
  const variables = new Set(plain.steps.flatMap(({ environment }) => Object.keys(environment)));
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (message) => {
      const { plan, findings } = compileWith(message);
      // A value that would have changed the shape is a finding, and then there is no plan at all.
      if (plan === undefined) return assert.notEqual(findings.length, 0);
      assert.deepEqual(shapeOf(plan), shapeOf(plain));
      const added = plan.steps.flatMap(({ environment }) =>
        Object.keys(environment).filter((key) => !variables.has(key)),
      );
      assert.deepEqual(added, []);
    }),
    { numRuns: RUNS, seed: 1 },
  );
});

test('compiling twice gives the same plan', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (message) => {
      assert.deepEqual(compileWith(message), compileWith(message));
    }),
    { numRuns: RUNS, seed: 2 },
  );
});

test('documents that are written can be read again and are the same', () => {
  const key = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text !== '<<');
  const { value } = fc.letrec<{ value: OutValue }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.constant(null),
      fc.array(tie('value'), { minLength: 1, maxLength: 4 }),
      fc
        .uniqueArray(fc.tuple(key, tie('value')), { minLength: 1, maxLength: 4, selector: ([name]) => name })
        .map((entries) => new Map(entries)),
    ),
  }));
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 3 }), (documents) => {
      const read = parseAllDocuments(writeDocuments(documents, 'kept'), { version: '1.1' });
      assert.ok(Array.isArray(read));
      assert.deepEqual(
        read.map((document) => document.toJS({ mapAsMap: true })),
        documents,
      );
    }),
    { numRuns: RUNS, seed: 3 },
  );
});
