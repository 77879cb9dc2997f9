import type { Generated } from 'kysely';

/** 0 or 1: both databases store booleans as integers. */
export type Flag = 0 | 1;
/** A column with a default, so that an insert may leave it out. */
export type Text = Generated<string>;
export type Int = Generated<number>;
export type Bool = Generated<Flag>;
