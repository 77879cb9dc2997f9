import assert from 'node:assert/strict';
import { test } from 'node:test';
import { convertContext } from '../convert/convert.fixture.ts';
import { convertConfig } from '../convert/convert-config.ts';
import { readConfig } from '../read.ts';
import type { FieldDefinition } from './definition.ts';
import { exampleFile, exampleType } from './example.ts';
import { RECORDS } from './records.ts';

/** Templates are replaced before anybody reads the file, so their examples are converted first. */
const CONVERTED = ['template'];

/** What a key without effect is remarked with. */
function allowed(field: FieldDefinition): readonly string[] {
  return field.use[exampleType(field)] === 'no-effect' ? ['no-effect'] : [];
}

/** A template in the language that its name asks for. */
function exampleTemplate(name: string): string {
  const step = { name: 'a', image: 'golang:1.26', commands: ['go test ./...'] };
  const pipeline = JSON.stringify({ kind: 'pipeline', type: 'docker', name: 'a', steps: [step] });
  if (/\.(star|starlark|script)$/.test(name)) return `def main(ctx):\n  return ${pipeline}\n`;
  return pipeline;
}

for (const record of RECORDS) {
  for (const field of record.fields) {
    if (CONVERTED.includes(record.name)) {
      test(`the example of "${field.key}" in ${record.title} becomes a pipeline without a finding`, () => {
        const name = /^load: (\S+)$/m.exec(exampleFile(record, field))?.[1] ?? '';
        const context = convertContext({ templates: { [name]: exampleTemplate(name) } });
        const converted = convertConfig({ path: '.drone.yml', text: exampleFile(record, field) }, context);
        const { pipelines, findings } = readConfig(converted.text, { file: '.drone.yml' });
        assert.deepEqual([...converted.findings, ...findings], []);
        assert.equal(pipelines.length, 1);
      });
      continue;
    }
    test(`the example of "${field.key}" in ${record.title} has no finding`, () => {
      const text = exampleFile(record, field);
      const options = { file: '.drone.yml', isTrusted: true } as const;
      const { findings } = readConfig(text, options);
      const idle = ['cron', 'registry'].includes(record.name) ? ['no-effect'] : [];
      const wrong = findings.filter(({ code }) => ![...allowed(field), ...idle].includes(code));
      assert.deepEqual(
        wrong.map(({ line, message }) => `${line}: ${message}`),
        [],
        text,
      );
    });
  }
}

test('every key of a record is defined once', () => {
  for (const { name, fields } of RECORDS) {
    const keys = fields.map(({ key }) => key);
    assert.deepEqual(keys, [...new Set(keys)], name);
  }
});
