import type { Build } from '@sortie/sdk/types';

/** A piece of a sentence; a `name` (branch, commit, environment) is set off from the words around it. */
export interface Phrase {
  readonly kind: 'text' | 'name';
  readonly text: string;
}

/** Who did what, by event (cli-ui-sdk.md 3.3). Unknown events read like a push. */
export function sentenceOf(build: Build): readonly Phrase[] {
  const actor = actorOf(build);
  switch (build.event) {
    case 'pull_request': {
      const verb = build.action === 'opened' ? 'opened' : 'updated';
      return phrases`${actor} ${plain(verb)} ${plain('pull request')} ${`#${pullNumber(build.ref)}`} ${plain('to')} ${build.target}`;
    }
    case 'tag':
      return phrases`${actor} ${plain('created tag')} ${shortRef(build.ref)}`;
    case 'promote':
      return phrases`${actor} ${plain('promoted')} ${`#${build.parent ?? '?'}`} ${plain('to')} ${build.deploy_to ?? ''}`;
    case 'rollback':
      return phrases`${actor} ${plain('rolled')} ${build.deploy_to ?? ''} ${plain('back to')} ${`#${build.parent ?? '?'}`}`;
    case 'cron':
      return phrases`${plain('Schedule')} ${build.cron ?? ''} ${plain('ran on')} ${shortRef(build.ref)}`;
    case 'custom':
      return phrases`${actor} ${plain('started a build of')} ${shortRef(build.ref)}`;
    default:
      return phrases`${actor} ${plain('pushed')} ${shortSha(build.after)} ${plain('to')} ${shortRef(build.ref)}`;
  }
}

/** The sentence as plain text, for titles and screen readers. */
export function sentenceText(build: Build): string {
  return sentenceOf(build)
    .map((phrase) => phrase.text)
    .join(' ');
}

/** First line of the title or message; never empty. */
export function headline(build: Build): string {
  const [first = ''] = (build.title === undefined || build.title === '' ? build.message : build.title).split(
    '\n',
    1,
  );
  return first.trim() === '' ? `Build ${build.number}` : first.trim();
}

/** What the build is about in one word: branch, `#12`, tag or environment. */
export function refLabel(build: Build): string {
  if (build.event === 'pull_request') return `#${pullNumber(build.ref)}`;
  if (build.event === 'promote' || build.event === 'rollback') return build.deploy_to ?? shortRef(build.ref);
  return shortRef(build.ref);
}

/** The first eight characters of a commit. */
export function shortSha(sha: string): string {
  return sha.slice(0, 8);
}

function shortRef(ref: string): string {
  return ref.replace(/^refs\/(heads|tags)\//, '');
}

function pullNumber(ref: string): string {
  return /\d+/.exec(ref)?.[0] ?? '?';
}

function actorOf(build: Build): Phrase {
  const isPerson = build.trigger !== '' && !build.trigger.startsWith('@');
  const name = isPerson ? build.trigger : build.sender || build.author_login || build.author_name;
  return plain(name === '' ? 'Somebody' : name);
}

function plain(text: string): Phrase {
  return { kind: 'text', text };
}

function phrases(_: TemplateStringsArray, ...parts: readonly (Phrase | string)[]): readonly Phrase[] {
  return parts
    .map((part) => (typeof part === 'string' ? ({ kind: 'name', text: part } as const) : part))
    .filter((phrase) => phrase.text !== '');
}
