/** The formatter of the repository allows so many columns. */
const LINE_WIDTH = 110;

/** JSON as the formatter of the repository likes it: lists of plain values on one line where they fit. */
export function formatJson(value: unknown, indent = '', before = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    const isPlain = value.every(
      (item) => typeof item !== 'object' || item === null || Object.keys(item).length === 0,
    );
    if (isPlain && `${indent}${before}${line},`.length <= LINE_WIDTH) return line;
    return `[\n${value.map((item) => inner + formatJson(item, inner, '')).join(',\n')}\n${indent}]`;
  }
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  if (members.length === 0) return '{}';
  const lines = members.map(([key, member]) => {
    const name = `${JSON.stringify(key)}: `;
    return `${inner}${name}${formatJson(member, inner, name)}`;
  });
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
