import assert from 'node:assert/strict';
import { it } from 'node:test';
import { AppError } from '@sortie/core/errors';
import { describeFailure } from './failure.ts';

it('a listed error shows cause, remedy and code', () => {
  const error = new AppError('port-in-use', 'Another program listens on :8080.', { hint: 'Stop it.' });
  assert.equal(
    describeFailure(error),
    'error: Another program listens on :8080.\n       Stop it.\n       (port-in-use)\n',
  );
});

it('any other error shows where it came from', () => {
  assert.match(describeFailure(new TypeError('odd')), /^error: TypeError: odd\n\s+at .*failure\.test\.ts/);
  assert.equal(describeFailure('text'), 'error: text\n');
});
