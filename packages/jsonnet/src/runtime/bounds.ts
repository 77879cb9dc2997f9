import type { Machine } from './machine.ts';

/** Fails where a calculation left the range of numbers. */
export function checkNumber(machine: Machine, value: number): number {
  if (Number.isFinite(value)) return value;
  return machine.fail(Number.isNaN(value) ? 'The result is not a number.' : 'The result is too large.');
}

/** A string may take a sixteenth of the memory: a few copies of it must fit as well. */
export function checkLength(machine: Machine, length: number): void {
  const limit = Math.floor(machine.limits.memoryBytes / 16);
  if (length > limit) machine.fail(`A string may not be longer than ${limit} characters.`, 'limit');
}
