import { JsonnetError, type JsonnetErrorKind, type Position } from '../errors.ts';

/** One text with the name that errors give it. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** Where something stands: an offset in UTF-16 units into a source. */
export interface Place {
  readonly source: Source;
  readonly offset: number;
}

export function positionOf(place: Place): Position {
  const before = place.source.text.slice(0, place.offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line++;
  return { file: place.source.file, line, column: [...before.slice(lineStart)].length + 1 };
}

export function errorAt(kind: JsonnetErrorKind, message: string, place: Place): JsonnetError {
  return new JsonnetError(kind, message, positionOf(place));
}
