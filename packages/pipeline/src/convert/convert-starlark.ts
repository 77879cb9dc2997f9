import { StarlarkError } from '@sortie/starlark/errors';
import type { InputValue, StarlarkInput } from '@sortie/starlark/input';
import { runStarlark } from '@sortie/starlark/run';
import type { ConfigSource, ConvertContext, ConvertInput } from './conversion.ts';
import type { Generated } from './convert-jsonnet.ts';
import { engineFinding, withHint } from './engine-finding.ts';
import { exposedValues } from './exposed-values.ts';
import { layOutJson } from './json-layout.ts';
import { isPlainList, isPlainMap, type PlainData } from './plain-data.ts';

/** What one run may use; 0 means the default. */
export interface StarlarkLimits {
  readonly steps: number;
  readonly outputBytes: number;
}

/** Runs `main` of a Starlark file of the repository or of a template (pipeline.md 9.5). */
export function convertStarlark(
  source: ConfigSource,
  { repo, build, rules }: ConvertContext,
  data?: ReadonlyMap<string, PlainData>,
): Generated {
  const ctx = starlarkContext({ repo, build });
  return withHint(
    runText(source, data === undefined ? ctx : { ...ctx, input: toFields(data) }, rules.starlark),
    {
      code: 'starlark-limit',
      hint: 'Let the script do less; the administrator can raise DRONE_STARLARK_STEP_LIMIT and _SIZE_LIMIT.',
    },
  );
}

/** Runs a script with a context; the documents come as YAML in JSON form. What is wrong is a finding. */
export function runText(source: ConfigSource, ctx: StarlarkInput, limits: StarlarkLimits): Generated {
  try {
    const { steps, outputBytes } = limits;
    const { text, printed } = runStarlark(source.text, {
      file: source.path,
      ctx,
      limits: { ...(steps > 0 ? { steps } : {}), ...(outputBytes > 0 ? { outputBytes } : {}) },
    });
    return { text: spread(text), findings: [], printed };
  } catch (error) {
    if (!(error instanceof StarlarkError)) throw error;
    return { text: '', findings: [engineFinding('starlark', error)] };
  }
}

/** Drone writes one document per line, which nobody can read or point into. */
function spread(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '' && line !== '---');
  return lines.map((line) => `---\n${layOutJson(line)}\n`).join('');
}

function starlarkContext(input: ConvertInput): StarlarkInput {
  const { build, repo } = exposedValues(input);
  const { params, cron, debug } = input.build;
  return { build: { ...build, cron, debug, params }, repo };
}

function toFields(data: ReadonlyMap<string, PlainData>): Readonly<Record<string, InputValue>> {
  return Object.fromEntries([...data].map(([key, value]) => [key, toStarlark(value)]));
}

function toStarlark(data: PlainData): InputValue {
  if (isPlainList(data)) return data.map(toStarlark);
  return isPlainMap(data) ? toFields(data) : data;
}
