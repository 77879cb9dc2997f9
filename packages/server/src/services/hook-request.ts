import { type Repo, slugAtService } from '@sortie/core/repo';
import type { HookBuild } from '@sortie/scm/hook-event';
import type { BuildAuthor, TriggerRequest } from './trigger-request.ts';

/** The event with the repository under the name that it has at the service now, as far as we know. */
export function withPlace(repo: Repo, event: HookBuild): HookBuild {
  const slug = slugAtService(repo);
  const at = slug.lastIndexOf('/');
  const place = { slug, namespace: slug.slice(0, at), name: slug.slice(at + 1) };
  return { ...event, repo: { ...event.repo, ...place } };
}

/** What a webhook asks the trigger for. */
export function toTriggerRequest(
  repo: Repo,
  event: HookBuild,
  within: NonNullable<TriggerRequest['within']>,
): TriggerRequest {
  const { action, ref, before, after, source, target, sender, title, message, link, params, readFrom } =
    event;
  const author = authorOf(event);
  const deployId = Number(event.deploymentId);
  return {
    ...{ repo, origin: '@hook', event: event.event, action, ref, before, after, source, target, sender },
    ...{ title, message, link, params, within },
    cron: '',
    deployTo: event.deployment,
    deployId: Number.isSafeInteger(deployId) && deployId > 0 ? deployId : 0,
    ...(event.event === 'pull_request' ? { sourceRepo: event.fork } : {}),
    ...(readFrom === undefined ? {} : { readFrom }),
    ...(author === undefined ? {} : { author }),
  };
}

/** Absent when the webhook does not say, so that the commit does. */
function authorOf({
  author,
  authorName,
  authorEmail,
  authorAvatar,
  sender,
}: HookBuild): BuildAuthor | undefined {
  if (author === '' && authorName === '' && authorEmail === '') return undefined;
  return { authorLogin: author || sender, authorName, authorEmail, authorAvatar };
}
