import { type GoRecord, type GoValue, record, stringMap } from '@sortie/gotemplate/data';
import type { ConvertInput } from './conversion.ts';
import { exposedValues } from './exposed-values.ts';
import { toGoValue } from './go-print.ts';
import type { PlainData } from './plain-data.ts';

/** Parts of a field name that Go writes in capitals. */
const ACRONYMS: Readonly<Record<string, string>> = { uid: 'UID', http: 'HTTP', ssh: 'SSH', url: 'URL' };

/** Names that the fields have in Drone's own records beside the documented ones. */
const BUILD_ALIASES = { Deploy: 'Environment', Fork: 'SourceRepo', Author: 'AuthorLogin' };
const REPO_ALIASES = { HTTPURL: 'GitHTTPURL', SSHURL: 'GitSSHURL', IgnorePulls: 'IgnorePullRequests' };

/** What `.` is in a template: `.input`, `.build` and `.repo`, both capitalised and in lower case (pipeline.md 9.2). */
export function templateValues(input: ConvertInput, data: ReadonlyMap<string, PlainData>): GoValue {
  const { build, repo } = exposedValues(input);
  const { params, cron, debug } = input.build;
  return new Map<string, GoValue>([
    ['input', toGoValue(data)],
    ['build', toRecord('build', { ...build, cron, debug, params: stringMap(params) }, BUILD_ALIASES)],
    ['repo', toRecord('repo', repo, REPO_ALIASES)],
  ]);
}

function toRecord(
  type: string,
  values: Readonly<Record<string, GoValue>>,
  more: Readonly<Record<string, string>>,
): GoRecord {
  const names = Object.keys(values).map((name) => [name, capitalised(name)] as const);
  const fields = names.map(([name, field]) => [field, values[name]] as const);
  return record(Object.fromEntries(fields), { type, aliases: { ...Object.fromEntries(names), ...more } });
}

/** `git_http_url` → `GitHTTPURL`. */
function capitalised(name: string): string {
  const parts = name.split('_').map((part) => ACRONYMS[part] ?? part.charAt(0).toUpperCase() + part.slice(1));
  return parts.join('');
}
