import { readFile } from 'node:fs/promises';
import { renderOpenApi } from '../packages/server/src/openapi.ts';
import { generate } from './generated-file.ts';

/** The formatter of the repository allows so many columns. */
const LINE_WIDTH = 110;

const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const { version } = manifest as { version: string };

process.exitCode = await generate(
  {
    path: 'docs/openapi.json',
    text: `${formatJson(renderOpenApi({ version }), '', '')}\n`,
    script: 'scripts/generate-openapi.ts',
  },
  process.argv.slice(2),
);

/** JSON as the formatter of the repository likes it: lists of plain values on one line where they fit. */
function formatJson(value: unknown, indent: string, before: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    const isPlain = value.every((item) => typeof item !== 'object' || Object.keys(item).length === 0);
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
