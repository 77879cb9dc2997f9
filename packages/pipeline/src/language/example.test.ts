import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../read.ts';
import type { FieldDefinition } from './definition.ts';
import { exampleFile, exampleType } from './example.ts';
import { RECORDS } from './records.ts';

/** Templates are replaced before anybody reads the file. */
const CONVERTED = ['template'];

/** What a key without effect is remarked with. */
function allowed(field: FieldDefinition): readonly string[] {
  return field.use[exampleType(field)] === 'no-effect' ? ['no-effect'] : [];
}

for (const record of RECORDS) {
  for (const field of record.fields) {
    if (CONVERTED.includes(record.name)) continue;
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
