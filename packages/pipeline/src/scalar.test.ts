import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBinary, resolveScalar } from './scalar.ts';

/** Plain text and what it means, printed as `type:value`. */
const PLAIN: readonly (readonly [string, string])[] = [
  ['', 'null'],
  ['~', 'null'],
  ['NULL', 'null'],
  ['yes', 'bool:true'],
  ['On', 'bool:true'],
  ['y', 'bool:true'],
  ['no', 'bool:false'],
  ['OFF', 'bool:false'],
  ['yEs', 'string'],
  ['31', 'int:31'],
  ['+7', 'int:7'],
  ['-0', 'int:0'],
  ['0x1F', 'int:31'],
  ['0b11', 'int:3'],
  ['010', 'int:8'],
  ['0o17', 'int:15'],
  ['08', 'float:8'],
  ['1_000', 'int:1000'],
  ['18446744073709551615', 'int:18446744073709551615'],
  ['18446744073709551616', 'float:18446744073709552000'],
  ['1.50', 'float:1.5'],
  ['.5', 'float:0.5'],
  ['1.', 'string'],
  ['1e3', 'string'],
  ['1.0e3', 'string'],
  ['1e+3', 'float:1000'],
  ['1:30', 'string'],
  ['2001-01-01', 'string'],
  ['.inf', 'float:Infinity'],
  ['.nan', 'float:NaN'],
  ['1.2.3', 'string'],
];

for (const [text, meaning] of PLAIN) {
  test(`the plain scalar ${JSON.stringify(text)} is ${meaning}`, () => {
    const value = resolveScalar(text, true, undefined);
    assert.equal('value' in value ? `${value.type}:${value.value}` : value.type, meaning);
  });
}

test('quoted text stays text', () => {
  assert.deepEqual(resolveScalar('5', false, undefined), { type: 'string' });
});

test('a tag decides against quotes and against digits', () => {
  assert.deepEqual(resolveScalar('5', false, 'tag:yaml.org,2002:int'), { type: 'int', value: 5n });
  assert.deepEqual(resolveScalar('5', true, 'tag:yaml.org,2002:str'), { type: 'string' });
  assert.deepEqual(resolveScalar('5', true, 'tag:yaml.org,2002:float'), { type: 'float', value: 5 });
});

test('binary scalars are decoded, what is no base64 is not', () => {
  assert.equal(decodeBinary('aGVs\n bG8='), 'hello');
  assert.equal(decodeBinary('a*b='), undefined);
});
