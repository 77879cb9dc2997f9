/** What `git push -o …` asked for. */
export interface PushOptions {
  /** `-o ci.skip`: no build. */
  readonly isSkip: boolean;
  /** `-o ci.param.KEY=VALUE`, added to the parameters of the builds. */
  readonly params: Readonly<Record<string, string>>;
  /** Sentences about options that were not understood; the host shows them to the pusher. */
  readonly warnings: readonly string[];
}

const PARAM = /^ci\.param\.([A-Za-z_][A-Za-z0-9_.-]{0,99})=(.*)$/;
const MAX_VALUE_CHARS = 4_096;
const MAX_SHOWN = 60;

/** Parses push options (scm.md 7.1). Unknown ones warn, so that a typing error does not pass unseen. */
export function parsePushOptions(options: readonly string[]): PushOptions {
  const params = new Map<string, string>();
  const warnings: string[] = [];
  let isSkip = false;
  for (const option of options) {
    const [, key, value] = PARAM.exec(option) ?? [];
    if (option === 'ci.skip') isSkip = true;
    else if (key === undefined || value === undefined) warnings.push(unknownOption(option));
    else if (value.length > MAX_VALUE_CHARS) warnings.push(longValue(key));
    else params.set(key, value);
  }
  return { isSkip, params: Object.fromEntries(params), warnings };
}

function unknownOption(option: string): string {
  const shown = option.length > MAX_SHOWN ? `${option.slice(0, MAX_SHOWN)}…` : option;
  return `warning: the push option "${shown}" is not known; use ci.skip or ci.param.KEY=VALUE.`;
}

function longValue(key: string): string {
  return `warning: the value of ci.param.${key} is longer than ${MAX_VALUE_CHARS} characters and was left out.`;
}
