import { renderReferencePage } from '../packages/pipeline/src/language/reference-page.ts';
import { generate } from './generated-file.ts';

process.exitCode = await generate(
  {
    path: 'docs/pipeline-reference.md',
    text: renderReferencePage(),
    script: 'scripts/generate-pipeline-reference.ts',
  },
  process.argv.slice(2),
);
