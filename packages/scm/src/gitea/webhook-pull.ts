import { member, text } from '../fields.ts';
import type { HookBuild } from '../hook-event.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import type { PullDialect } from '../hub/webhook-pull.ts';
import { loginOf } from './webhook-repo.ts';

const ACTIONS = { opened: 'opened', synchronized: 'synchronized', reopened: 'reopened' } as const;

/** Pull requests of Gitea and Forgejo (scm.md 3.1). */
export function giteaPulls(server: URL): PullDialect {
  return {
    server,
    actionOf: (body) => actionOf(text(body, 'action')),
    authorOf: (pull) => ({
      author: loginOf(member(pull, 'user')),
      authorName: text(pull, 'user', 'full_name'),
      authorEmail: text(pull, 'user', 'email'),
      authorAvatar: pictureAddress(server, [], text(pull, 'user', 'avatar_url')),
    }),
  };
}

function actionOf(action: string): HookBuild['action'] | undefined {
  return Object.hasOwn(ACTIONS, action) ? ACTIONS[action as keyof typeof ACTIONS] : undefined;
}
