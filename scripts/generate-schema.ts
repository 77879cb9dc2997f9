import { pipelineSchema } from '../packages/pipeline/src/language/json-schema.ts';
import { formatJson } from './format-json.ts';
import { generate } from './generated-file.ts';

process.exitCode = await generate(
  {
    path: 'docs/schema/drone.json',
    text: `${formatJson(pipelineSchema())}\n`,
    script: 'scripts/generate-schema.ts',
  },
  process.argv.slice(2),
);
