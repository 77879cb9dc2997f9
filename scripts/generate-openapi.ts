import { readFile } from 'node:fs/promises';
import { renderOpenApi } from '../packages/server/src/openapi.ts';
import { formatJson } from './format-json.ts';
import { generate } from './generated-file.ts';

const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const { version } = manifest as { version: string };

process.exitCode = await generate(
  {
    path: 'docs/openapi.json',
    text: `${formatJson(renderOpenApi({ version }))}\n`,
    script: 'scripts/generate-openapi.ts',
  },
  process.argv.slice(2),
);
