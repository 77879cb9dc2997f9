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
  const documents: DocumentText[] = [];
  const lines = file.replace(/^\uFEFF/u, '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  let body: string[] = [];
  let firstLine = 1;
  const close = () => {
    documents.push({ index: documents.length, firstLine, text: body.map((line) => `${line}\n`).join('') });
  };
  for (const [at, line] of lines.entries()) {
    if (line.startsWith('...')) break;
    if (line.startsWith('---')) {
      if (at > 0) close();
      body = [];
      firstLine = at + 2;
      continue;
    }
    body.push(line.endsWith('\r') ? line.slice(0, -1) : line);
  }
  close();
  return documents;
}
