import { member, text } from '../fields.ts';
import type { HookBuild } from '../hook-event.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import type { PullDialect } from '../hub/webhook-pull.ts';
import { PICTURE_HOSTS } from './webhook-repo.ts';

/** Pull requests of GitHub (scm.md 3.2). */
export function githubPulls(server: URL): PullDialect {
  return {
    server,
    actionOf,
    authorOf: (pull) => ({
      author: text(pull, 'user', 'login'),
      authorAvatar: pictureAddress(server, PICTURE_HOSTS, text(pull, 'user', 'avatar_url')),
    }),
  };
}

/** A changed base branch changes what would be merged, so it counts as new code. */
function actionOf(body: unknown): HookBuild['action'] | undefined {
  switch (text(body, 'action')) {
    case 'opened':
      return 'opened';
    case 'synchronize':
      return 'synchronized';
    case 'reopened':
      return 'reopened';
    case 'edited':
      return member(body, 'changes', 'base') === undefined ? undefined : 'synchronized';
    default:
      return undefined;
  }
}
