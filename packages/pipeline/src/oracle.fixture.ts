import { join } from 'node:path';

/** The Go program that answers for the libraries whose behaviour users know. */
export const ORACLE = join(import.meta.dirname, 'testing/oracle');

export interface OracleAnswer {
  readonly text?: string;
  readonly match?: boolean;
  readonly value?: readonly unknown[];
  readonly error?: string;
}
