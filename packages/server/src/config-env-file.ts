/**
 * The variables of an `.env` file: `NAME=value` lines, `export ` before them, quotes around values, and `#`
 * comments. The environment of the process wins over them, so spread it after the result.
 */
export function parseEnvFile(text: string): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    const [, name, value] = match ?? [];
    if (name !== undefined && value !== undefined) variables[name] = unquote(value);
  }
  return variables;
}

function unquote(value: string): string {
  const double = /^"((?:[^"\\]|\\.)*)"/.exec(value)?.[1];
  if (double !== undefined) return double.replace(/\\n/g, '\n').replace(/\\(.)/g, '$1');
  const single = /^'([^']*)'/.exec(value)?.[1];
  return single ?? value.replace(/\s+#.*$/, '');
}
