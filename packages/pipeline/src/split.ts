/** The text of one document of a file. */
export interface DocumentText {
  /** 0-based among all documents, empty ones included. */
  readonly index: number;
  /** 1-based line of the file at which the text begins. */
  readonly firstLine: number;
  readonly text: string;
}

/**
 * Cuts a file into documents the way Drone does (pipeline.md 1.1): a line that begins with `---` separates, one
 * that begins with `...` ends the file, carriage returns at the end of lines are dropped. What follows `---` on
 * its line is dropped too, so columns are those of the file.
 */
export function splitDocuments(file: string): readonly DocumentText[] {
  const text = normalize(file);
  const documents: DocumentText[] = [];
  let start = 0;
  let firstLine = 1;
  let line = 1;
  const close = (end: number) =>
    documents.push({ index: documents.length, firstLine, text: text.slice(start, end) });
  for (let at = 0; at < text.length; line += 1) {
    const next = text.indexOf('\n', at) + 1;
    if (text.startsWith('...', at)) {
      close(at);
      return documents;
    }
    if (text.startsWith('---', at)) {
      if (at > 0) close(at);
      start = next;
      firstLine = line + 1;
    }
    at = next;
  }
  close(text.length);
  return documents;
}

/** Every line ends with one line feed, and no byte order mark stands before the first. */
function normalize(file: string): string {
  const text = file.startsWith('\uFEFF') ? file.slice(1) : file;
  const lines = text.includes('\r') ? text.replaceAll(/\r(?=\n|$)/g, '') : text;
  return lines === '' || lines.endsWith('\n') ? lines : `${lines}\n`;
}
