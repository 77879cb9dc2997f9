import { cleanLine, cleanText } from '@sortie/scm/clean-text';
import type { EventDraft } from './trigger-request.ts';

/** Members that are one line wherever they are shown. */
const LINES = [
  'action',
  'link',
  'title',
  'ref',
  'before',
  'after',
  'source',
  'target',
  'sender',
  'sourceRepo',
  'authorLogin',
  'authorName',
  'authorEmail',
  'authorAvatar',
  'cron',
  'deployTo',
] as const satisfies readonly (keyof EventDraft)[];

/**
 * The draft without control characters, which terminals and variables of builds would take for more than text (scm.md
 * X35, X36). The message and parameters keep their lines.
 */
export function cleanDraft(draft: EventDraft): EventDraft {
  const lines = Object.fromEntries(LINES.map((name) => [name, cleanLine(draft[name])]));
  return { ...draft, ...lines, message: cleanText(draft.message), params: cleanParams(draft.params) };
}

function cleanParams(params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const clean = Object.entries(params).map(([name, value]) => [
    cleanLine(name),
    value.toWellFormed().replace(/[^\P{Cc}\n\t]/gu, ''),
  ]);
  return Object.fromEntries(clean);
}
