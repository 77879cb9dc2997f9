import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_SUBNETS, SubnetPool } from './subnets.ts';

const nowhere = (): readonly string[] => [];

describe('subnets of stages', () => {
  test('there is one for each of 200 stages at once, and all differ', () => {
    const pool = new SubnetPool(DEFAULT_SUBNETS, nowhere);
    const taken = Array.from({ length: 200 }, (_, at) => pool.take(at % 20 === 0 ? 100 : 5));
    assert.ok(taken.every((subnet) => subnet !== undefined));
    assert.equal(new Set(taken).size, 200);
    assert.equal(taken[0], '10.213.0.0/22');
    assert.equal(taken[1], '10.213.4.0/26', 'behind the large one');
  });

  test('one that is given back is used again', () => {
    const pool = new SubnetPool(['10.0.0.0/25'], nowhere);
    assert.deepEqual([pool.take(1), pool.take(1), pool.take(1)], ['10.0.0.0/26', '10.0.0.64/26', undefined]);
    pool.release('10.0.0.0/26');
    assert.equal(pool.take(1), '10.0.0.0/26');
  });

  test('one that somebody else has is not offered again, even when it is given back', () => {
    const pool = new SubnetPool(['10.0.0.0/25'], nowhere);
    pool.take(1);
    pool.refuse('10.0.0.0/26');
    pool.release('10.0.0.0/26');
    assert.deepEqual([pool.take(1), pool.take(1)], ['10.0.0.64/26', undefined]);
  });

  test('none hides a network that this machine is in', () => {
    const pool = new SubnetPool(['10.0.0.0/24'], () => ['10.0.0.70/26', '10.0.0.1/27']);
    assert.deepEqual(
      [pool.take(1), pool.take(1), pool.take(1)],
      ['10.0.0.128/26', '10.0.0.192/26', undefined],
    );
  });

  test('a second range is used when the first one is full, and what is no range of version 4 is left out', () => {
    const pool = new SubnetPool(['fd00::/8', 'nonsense', '10.0.0.0/26', '192.168.77.0/26'], nowhere);
    assert.deepEqual(
      [pool.take(1), pool.take(1), pool.take(1)],
      ['10.0.0.0/26', '192.168.77.0/26', undefined],
    );
  });
});
