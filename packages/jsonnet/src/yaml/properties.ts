import type { Cursor } from './cursor.ts';

/** What may stand before a node: `&anchor` and `!tag`. */
export interface Properties {
  readonly anchor: string | undefined;
  /** Standard tags in the short form `!!str`; empty when there is none. */
  readonly tag: string;
}

export const NO_PROPERTIES: Properties = { anchor: undefined, tag: '' };

/** Anchor and tag, in any order, with the blanks between them. */
export function readProperties(cursor: Cursor): Properties {
  let properties = NO_PROPERTIES;
  for (;;) {
    const match = /^(?:&[A-Za-z0-9_-]+|!<[^>\s]*>|![^\s,[\]{}]*)/.exec(
      cursor.text.slice(cursor.at, cursor.at + 256),
    );
    if (match === null) return properties;
    const [text] = match;
    if (text.startsWith('&')) properties = { ...properties, anchor: text.slice(1) };
    else properties = { ...properties, tag: shortTag(text) };
    cursor.skip(text.length);
    if (!cursor.isBlank() && !',]}'.includes(cursor.peek()))
      cursor.fail('A blank is missing after a tag or an anchor.');
    if (/^[ \t]+[&!]/.test(cursor.text.slice(cursor.at, cursor.at + 256))) cursor.skipSpaces();
  }
}

function shortTag(text: string): string {
  if (text === '!') return '!!str';
  const plain = text.startsWith('!<') ? text.slice(2, -1) : text;
  const standard = 'tag:yaml.org,2002:';
  return plain.startsWith(standard) ? `!!${plain.slice(standard.length)}` : plain;
}
