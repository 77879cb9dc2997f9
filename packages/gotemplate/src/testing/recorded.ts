import { fileURLToPath } from 'node:url';

/** Where Go's answers to the hand-made cases are kept, so that they are checked without Go as well. */
export const RECORDED = fileURLToPath(new URL('./generated/answers.json', import.meta.url));

/** In the order of the cases: the kind, and the output or the line of the error (0: none told). */
export type Recording = readonly (readonly [kind: string, result: string | number])[];
