import type { BuildEvent } from '@sortie/core/build';

const DIRECTIVES = ['[ci skip]', '[skip ci]', '***no_ci***'];

/** True when message or title of a push or pull request ask for no build (pipeline.md 4.2). */
export function hasSkipDirective(event: BuildEvent, message: string, title: string): boolean {
  if (event !== 'push' && event !== 'pull_request') return false;
  const text = `${message}\n${title}`.toLowerCase();
  return DIRECTIVES.some((directive) => text.includes(directive));
}
