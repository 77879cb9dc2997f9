import { renderConfigPage } from '../packages/server/src/config-page.ts';
import { generate } from './generated-file.ts';

process.exitCode = await generate(
  { path: 'docs/configuration.md', text: renderConfigPage(), script: 'scripts/generate-config-docs.ts' },
  process.argv.slice(2),
);
