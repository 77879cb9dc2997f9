/** What is wrong with a text that is no YAML, and the remedy; in our words, since a parser quotes the text itself. */
export interface YamlProblem {
  readonly message: string;
  readonly hint: string;
}

const LOOK_AROUND = 'Look at the indentation, the quotes and the brackets on this line and the one before.';

const PROBLEMS: Readonly<Record<string, YamlProblem>> = {
  TAB_AS_INDENT: { message: 'a tab is used as indentation', hint: 'Indent with spaces.' },
  BAD_INDENT: { message: 'the indentation does not fit the lines around', hint: LOOK_AROUND },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a list or map stands where one value can stand',
    hint: 'A value that contains ": " needs quotes.',
  },
  BLOCK_IN_FLOW: {
    message: 'a block of lines stands inside brackets',
    hint: 'Write it in brackets too, or without the outer ones.',
  },
  MULTILINE_IMPLICIT_KEY: {
    message: 'a key goes over several lines',
    hint: 'A colon is missing, or a value is not indented.',
  },
  MISSING_CHAR: {
    message: 'a colon, a comma, a quote or a bracket is missing',
    hint: 'Look for a quote or bracket that is not closed, and for a key without a colon.',
  },
  UNEXPECTED_TOKEN: { message: 'something stands here that cannot', hint: LOOK_AROUND },
  BAD_DQ_ESCAPE: {
    message: 'the backslash sequence is not known',
    hint: 'Double the backslash, or use single quotes.',
  },
  BAD_SCALAR_START: {
    message: 'a value cannot start with this character',
    hint: 'Put the value in quotes.',
  },
  BAD_PROP_ORDER: { message: 'an anchor or tag stands in the wrong place', hint: 'Put it before the value.' },
  ALIAS_PROPS: { message: 'an alias has an anchor or tag of its own', hint: 'Remove it.' },
  BAD_ALIAS: { message: 'the name of an anchor or alias cannot be used', hint: 'Use letters and digits.' },
  MULTIPLE_ANCHORS: { message: 'a value has several anchors', hint: 'Keep one of them.' },
  MULTIPLE_TAGS: { message: 'a value has several tags', hint: 'Keep one of them.' },
  TAG_RESOLVE_FAILED: { message: 'the tag cannot be used here', hint: 'Remove the tag.' },
  BAD_COLLECTION_TYPE: { message: 'the tag does not fit the value', hint: 'Remove the tag.' },
  BAD_DIRECTIVE: { message: 'the line with % is not known', hint: 'Remove the line.' },
};

/** The problem behind an error code of the YAML library. */
export function yamlProblem(code: string): YamlProblem {
  const { message, hint } = PROBLEMS[code] ?? { message: 'it cannot be read here', hint: LOOK_AROUND };
  return { message: `This is not valid YAML: ${message}.`, hint };
}
