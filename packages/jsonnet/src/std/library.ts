import { ObjectValue, objectOf } from '../runtime/objects.ts';
import { joinText } from '../runtime/to-text.ts';
import type { Value } from '../runtime/values.ts';
import { arrayLibrary } from './arrays.ts';
import { type Library, nativeOf, strict } from './define.ts';
import { encodingLibrary } from './encoding.ts';
import { functionalLibrary } from './functional.ts';
import { manifestLibrary } from './manifest.ts';
import { mathLibrary } from './math.ts';
import { objectLibrary } from './objects.ts';
import { setLibrary } from './sets.ts';
import { splittingLibrary } from './splitting.ts';
import { scanned, stringLibrary } from './strings.ts';
import { typeLibrary } from './types.ts';

/** The object `std` without `thisFile`: the functions of Jsonnet 0.20, all hidden. */
export function standardLibrary(): ObjectValue {
  const library: Library = {
    ...typeLibrary(),
    ...mathLibrary(),
    ...stringLibrary(),
    ...splittingLibrary(),
    ...arrayLibrary(),
    ...functionalLibrary(),
    ...setLibrary(),
    ...objectLibrary(),
    ...encodingLibrary(),
    ...manifestLibrary(),
    ...paths(),
  };
  const entries = Object.entries(library).map(
    ([name, definition]) => [name, nativeOf(name, definition)] as const,
  );
  return objectOf(entries, 'hidden');
}

/** `std` as one file sees it. */
export function libraryFor(library: ObjectValue, file: string): ObjectValue {
  return new ObjectValue({ base: library, derived: objectOf([['thisFile', file]], 'hidden') });
}

function paths(): Library {
  return {
    resolvePath: strict('f r', (machine, f: Value, r: Value) => {
      const from = scanned(machine, f);
      return joinText(machine, from.slice(0, from.lastIndexOf('/') + 1), scanned(machine, r));
    }),
  };
}
