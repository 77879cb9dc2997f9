import { View } from '../values/value.ts';
import { checkPositional, type Method } from './arguments.ts';
import { CASE_METHODS } from './string-case.ts';
import { format } from './string-format.ts';
import { SEARCH_METHODS } from './string-search.ts';
import { SPLIT_METHODS } from './string-split.ts';

export const STRING_METHODS: ReadonlyMap<string, Method<string>> = new Map<string, Method<string>>([
  ...CASE_METHODS,
  ...SEARCH_METHODS,
  ...SPLIT_METHODS,
  ['format', format],
  ...(['elems', 'elem_ords', 'codepoints', 'codepoint_ords'] as const).map(
    (kind): [string, Method<string>] => [
      kind,
      (text, call) => {
        checkPositional(call, 0, 0);
        return new View(kind, text);
      },
    ],
  ),
]);
