import type { Config } from './config-build.ts';
import type { Setting } from './config-setting.ts';
import { SETTING_SECTIONS } from './config-table.ts';

const MASK = '********';

/** Every setting that is in force, one `NAME=value` line each, by subject and with secrets masked. */
export function describeConfig(config: Config): string {
  const found = new Map(config.found.map((setting) => [setting.name, setting]));
  const lines: string[] = [];
  for (const section of SETTING_SECTIONS) {
    const active = Object.entries<Setting>(section.settings).filter(([, { state }]) => state === undefined);
    if (active.length === 0) continue;
    lines.push(`# ${section.title}`);
    for (const [name, setting] of active) {
      const { text = '', from } = found.get(name) ?? {};
      const value = setting.isSecret === true && text !== '' ? MASK : text;
      lines.push(`${name}=${value}  # ${from === undefined ? 'default' : `from ${from}`}`);
    }
    lines.push('');
  }
  return [...lines, ...config.warnings.map((warning) => `warning: ${warning}`)].join('\n').trimEnd();
}
