// biome-ignore-all lint/suspicious/noTemplateCurlyInString: expressions of the pipeline language
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileStage } from './compile.ts';
import { aContext, type ContextPatch } from './compile-context.fixture.ts';
import { PreparedConfig } from './prepared-config.ts';
import { readConfig } from './read.ts';
import { sampleTexts } from './sample.fixture.ts';

const OPTIONS = { file: '.drone.yml' };

/** What is made of a file, without the functions in it. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? String(each) : each)));
}

test('a prepared file gives the same findings and plans as its text, however often it is used', () => {
  for (const text of sampleTexts().filter((_, at) => at % 3 === 0)) {
    const prepared = new PreparedConfig(text);
    for (const branch of ['main', 'main', 'dev']) {
      const patch: ContextPatch = { build: { target: branch, message: `on ${branch}: done` } };
      assert.deepEqual(plain(readConfig(prepared, OPTIONS)), plain(readConfig(text, OPTIONS)));
      for (const { name, type } of readConfig(text, OPTIONS).pipelines.slice(0, 3)) {
        const context = aContext({ ...patch, stage: { name, type } });
        assert.deepEqual(compileStage(prepared, OPTIONS, context), compileStage(text, OPTIONS, context));
      }
    }
  }
});

test('a prepared file follows the values of the build and the rules that it is read by', () => {
  const text = 'kind: pipeline\nsteps:\n- name: a\n  image: alpine:${DRONE_BRANCH}\n  commands: echo\n';
  const prepared = new PreparedConfig(text);
  const image = (target: string) =>
    compileStage(prepared, OPTIONS, aContext({ build: { target } })).plan?.steps[1]?.image;
  assert.deepEqual(
    [image('x'), image('x'), image('y'), image('x')],
    ['alpine:x', 'alpine:x', 'alpine:y', 'alpine:x'],
  );
  const codes = (compatibility: boolean) =>
    compileStage(prepared, { ...OPTIONS, compatibility }, aContext()).findings.map(({ code }) => code);
  assert.deepEqual([codes(false), codes(true), codes(false)], [[], ['wrong-type'], []]);
});
