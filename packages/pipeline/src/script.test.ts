// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shell text
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goDuration, goFloat, goQuote } from './go-text.ts';
import { commandLines, makeScript } from './script.ts';

const DOCKER = { hasHeader: true, shell: 'posix' } as const;
const EXEC = { hasHeader: false, shell: 'posix' } as const;

test('each command is traced and then stands as it was written', () => {
  assert.equal(
    commandLines(['go build', 'go test']),
    '\necho + "go build"\ngo build\n\necho + "go test"\ngo test\n',
  );
});

test('[pipeline 98] the trace line neither expands variables nor runs back-ticks', () => {
  assert.equal(
    commandLines(['echo "$A" `date` \\n']),
    '\necho + "echo \\"\\$A\\" \\`date\\` \\\\n"\necho "$A" `date` \\n\n',
  );
});

test('a command of several lines is traced as one', () => {
  assert.equal(commandLines(['a\n\tb']), '\necho + "a\\n\\tb"\na\n\tb\n');
});

test('a docker script writes and forgets the credentials before it stops at errors', () => {
  const script = makeScript(['x'], DOCKER);
  const order = ['.netrc', 'unset DRONE_NETRC_MACHINE', 'set -e', 'echo + "x"'].map((part) =>
    script.indexOf(part),
  );
  assert.ok(order.every((at, index) => at >= 0 && at > (order[index - 1] ?? -1)));
});

test('an exec script has only what it needs', () => {
  assert.equal(makeScript(['x'], EXEC), '\nset -e\n\necho + "x"\nx\n');
});

test('text is quoted as Go quotes it', () => {
  assert.equal(goQuote('é\u00a0\u200b€😀\u007f\u001b"\\\n'), '"é\\u00a0\\u200b€😀\\x7f\\x1b\\"\\\\\\n"');
});

test('numbers are printed as Go prints them', () => {
  const numbers = [
    1.5,
    1,
    123_456.5,
    1_000_000,
    1_234_567.25,
    0.0001,
    0.00001,
    -0.5,
    0,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
  ];
  assert.deepEqual(numbers.map(goFloat), [
    '1.5',
    '1',
    '123456.5',
    '1e+06',
    '1.23456725e+06',
    '0.0001',
    '1e-05',
    '-0.5',
    '0',
    'NaN',
    '-Inf',
  ]);
});

test('durations are printed as Go prints them', () => {
  assert.deepEqual([3600, 5400, 61, 5].map(goDuration), ['1h0m0s', '1h30m0s', '1m1s', '5s']);
});
