import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { invalidRequest, toComplaint } from './invalid-request.ts';

const SCHEMA = Compile(
  Type.Object({
    count: Type.Optional(Type.Integer()),
    before: Type.Optional(Type.String({ pattern: '^-?\\d{1,15}$' })),
    colour: Type.Optional(Type.Enum(['red', 'green', 'blue'])),
    until: Type.Optional(Type.Union([Type.Literal('running'), Type.Literal('finished')])),
    name: Type.String(),
  }),
);

for (const [value, message, remedy] of [
  [{}, 'The body must have required properties name.', 'Give "name".'],
  [{ name: 1 }, 'The body name must be string.', 'Give a text.'],
  [{ name: '', count: '1' }, 'The body count must be integer.', 'Give a whole number in decimal digits.'],
  [{ name: '', before: 'x' }, 'The body before must match', 'Give a whole number in decimal digits.'],
  [{ name: '', colour: 'x' }, 'The body colour must be equal to', 'Give "red", "green" or "blue".'],
  [{ name: '', until: 'x' }, 'The body until must be equal to', 'Give "running" or "finished".'],
  ['text', 'The body must be object.', 'Give a JSON object.'],
] as const) {
  test(`of ${JSON.stringify(value)} is said: ${message} ${remedy}`, () => {
    const error = invalidRequest(SCHEMA.Errors(value).map(toComplaint), 'body');
    assert.equal(error.code, 'invalid-request');
    assert.ok(error.message.startsWith(message), error.message);
    assert.equal(error.hint, `${remedy} What this address takes is at /docs/api.`);
  });
}

test('a complaint never repeats what was sent', () => {
  const error = invalidRequest(SCHEMA.Errors({ name: ['hunter2'] }).map(toComplaint), 'body');
  assert.doesNotMatch(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`, /hunter2/);
});
