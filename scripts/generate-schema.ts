import { renderPipelineSchema } from '../packages/pipeline/src/language/json-schema.ts';
import { generate } from './generated-file.ts';

process.exitCode = await generate(
  { path: 'docs/schema/drone.json', text: renderPipelineSchema(), script: 'scripts/generate-schema.ts' },
  process.argv.slice(2),
);
