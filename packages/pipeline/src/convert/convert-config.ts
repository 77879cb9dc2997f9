import type { Finding } from '@sortie/core/finding';
import { convertLegacy } from '../legacy/convert-legacy.ts';
import { foreignFormatOf, isLegacyFormat } from '../legacy/legacy-format.ts';
import type { ConfigSource, Conversion, ConvertContext, Wanted } from './conversion.ts';
import { convertJsonnet, type Generated } from './convert-jsonnet.ts';
import { convertStarlark } from './convert-starlark.ts';
import { type Expansion, expandTemplates, mayUseTemplates } from './convert-template.ts';

/**
 * Turns the file of a repository into the pipeline text that the build keeps (pipeline.md 9.1 and 13): Starlark and
 * Jsonnet by the ending of the path, templates, the format of Drone 0.8. Everything else stays as it is. Pure: when
 * it needs a file or template that the context lacks, `wanted` names it, and it is to be called again with that.
 */
export function convertConfig(source: ConfigSource, context: ConvertContext): Conversion {
  const foreign = foreignFormatOf(source.path);
  if (foreign !== undefined) return failed(source, [foreignFinding(source, foreign)]);
  const generated = generate(source, context);
  if (generated === undefined) return convertOld(source, context, unchanged(source));
  const wanted = wantedOf(generated);
  const printed = generated.printed ?? [];
  if (wanted !== undefined) return { ...failed(source, []), wanted, printed };
  const { text, findings } = generated;
  if (findings.some(isError)) return { ...failed(source, findings), printed };
  const file = `${source.path} (generated)`;
  return convertOld({ path: file, text }, context, { text, file, findings, printed });
}

function generate(source: ConfigSource, context: ConvertContext): Expansion | undefined {
  const { jsonnet, starlark } = context.rules;
  if (/\.(?:script|star|starlark)$/.test(source.path)) {
    return starlark.isEnabled ? convertStarlark(source, context) : disabled(source, 'Starlark', 'STARLARK');
  }
  if (source.path.endsWith('.jsonnet')) {
    return jsonnet.isEnabled ? convertJsonnet(source, context) : disabled(source, 'Jsonnet', 'JSONNET');
  }
  return mayUseTemplates(source.text) ? expandTemplates(source, context) : undefined;
}

function convertOld(source: ConfigSource, context: ConvertContext, before: Conversion): Conversion {
  if (!isLegacyFormat(source.text)) return before;
  const { text, findings } = convertLegacy(source.text, {
    file: source.path,
    repoLink: context.repo.link,
    compatibility: context.compatibility ?? false,
  });
  return {
    text,
    file: `${source.path} (converted)`,
    findings: [...before.findings, ...findings],
    printed: before.printed,
  };
}

function unchanged({ path, text }: ConfigSource): Conversion {
  return { text, file: path, findings: [], printed: [] };
}

function failed({ path }: ConfigSource, findings: readonly Finding[]): Conversion {
  return { text: '', file: path, findings, printed: [] };
}

function wantedOf({ wantedFiles = [], wantedTemplates = [] }: Expansion): Wanted | undefined {
  if (wantedFiles.length + wantedTemplates.length === 0) return undefined;
  return { files: wantedFiles, templates: wantedTemplates };
}

function disabled(source: ConfigSource, language: string, setting: string): Generated {
  return {
    text: '',
    findings: [
      wholeFile(source, {
        code: `${language.toLowerCase()}-disabled`,
        message: `This server does not run ${language} files.`,
        hint: `The administrator can allow them with DRONE_${setting}_ENABLED=true; or write the result into .drone.yml.`,
      }),
    ],
  };
}

function foreignFinding(source: ConfigSource, product: string): Finding {
  return wholeFile(source, {
    code: 'foreign-format',
    message: `This is a file of ${product}, which is not converted.`,
    hint: 'Write a .drone.yml that starts with "kind: pipeline" and lists the same commands under "steps".',
  });
}

function wholeFile({ path }: ConfigSource, remark: Pick<Finding, 'code' | 'message' | 'hint'>): Finding {
  return { severity: 'error', ...remark, file: path, line: 1, column: 1, document: 0, pointer: '' };
}

function isError({ severity }: Finding): boolean {
  return severity === 'error';
}
