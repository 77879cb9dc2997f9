import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cronName } from './cron-job.ts';

test('the name of a cron job is stored in lower case, without accents, with one hyphen for the rest', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['My Job', 'my-job'],
    ['  Nächtlich – groß!  ', 'nachtlich-gross'],
    ['a__b--c', 'a__b-c'],
    ['_nightly_', 'nightly'],
    ['Łódź & Ærø', 'lodz-and-aero'],
    ['../../etc', 'etc'],
    ['!!!', ''],
    ['', ''],
  ];
  for (const [text, expected] of rows) assert.equal(cronName(text), expected, text);
});
