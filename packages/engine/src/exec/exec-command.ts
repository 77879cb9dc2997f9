import type { PlanStep } from '@sortie/core/plan';

export interface ShellCommand {
  readonly program: string;
  readonly args: readonly string[];
}

const POWERSHELL = 'powershell';

/** How the file with a step's script ends: PowerShell runs only what is called so. */
export function scriptSuffix({ shell }: PlanStep): string {
  return shell === 'powershell' ? '.ps1' : '';
}

/** What runs the script of a step (pipeline.md 7.13). `shell` is the POSIX one of the machine. */
export function shellCommand(step: PlanStep, file: string, shell: string): ShellCommand {
  if (step.shell !== 'powershell') return { program: shell, args: ['-e', file] };
  return { program: POWERSHELL, args: ['-noprofile', '-noninteractive', '-command', file] };
}

/** What tells programs where the home is, on Windows as well as elsewhere. */
export function homeVariables(home: string, { shell }: PlanStep): Readonly<Record<string, string>> {
  return shell === 'powershell' ? { HOME: home, HOMEPATH: home, USERPROFILE: home } : { HOME: home };
}

/** The folder for temporary files, under the names that programs look for. */
export function temporaryVariables(folder: string, { shell }: PlanStep): Readonly<Record<string, string>> {
  return shell === 'powershell' ? { TEMP: folder, TMP: folder } : { TMPDIR: folder };
}
