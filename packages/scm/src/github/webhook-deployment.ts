import { cleanLine } from '../clean-text.ts';
import { id, isRecord, member, text } from '../fields.ts';
import { isRefName } from '../git-names.ts';
import type { HookMapping } from '../hook-event.ts';
import { buildOf, type HookBase, isRefusal, mapped, readCommitId } from '../hooks/mapping.ts';
import { pictureAddress } from '../hooks/pictures.ts';
import { ownAddress } from '../own-address.ts';
import { refuse } from '../webhook-body.ts';
import { PICTURE_HOSTS } from './webhook-repo.ts';

const MAX_BRACKETS = 1_000;

/** A deployment asked for at GitHub: a promotion to its environment (scm.md 3.2, 4.3). */
export function mapDeployment(
  server: URL,
  base: HookBase,
  body: Readonly<Record<string, unknown>>,
): HookMapping {
  const deployment = member(body, 'deployment');
  const deploymentId = id(deployment, 'id');
  if (!isRecord(deployment) || deploymentId === '')
    return refuse('the body does not belong to the event in the header');
  const after = readCommitId(member(deployment, 'sha'));
  if (isRefusal(after)) return after;
  if (after === undefined) return refuse('the body has no commit id');
  const environment = cleanLine(text(deployment, 'environment'));
  const ref = fullRef(text(deployment, 'ref'), after);
  if (ref === undefined) return refuse('the body has no usable ref');
  return mapped(
    buildOf(base, {
      event: 'promote',
      ref,
      after,
      target: environment,
      deployment: environment,
      deploymentId,
      params: paramsOf(member(deployment, 'payload')),
      link: ownAddress(text(deployment, 'environment_url'), [server.origin]),
      message: text(deployment, 'description'),
      author: base.sender,
      authorAvatar: pictureAddress(server, PICTURE_HOSTS, text(body, 'sender', 'avatar_url')),
    }),
  );
}

/** Empty when the deployment names a commit; a short name is that of a branch, as in Drone. */
function fullRef(ref: string, sha: string): string | undefined {
  if (ref === '' || ref.toLowerCase() === sha) return '';
  const full = ref.startsWith('refs/') ? ref : `refs/heads/${ref}`;
  return isRefName(full) ? full : undefined;
}

/** An object as text values; a text that holds one counts as one, any other as the parameter `payload`. */
function paramsOf(payload: unknown): Readonly<Record<string, string>> {
  if (typeof payload === 'string') {
    if (payload === '') return {};
    const parsed = parseObject(payload);
    return parsed === undefined ? { payload } : paramsOf(parsed);
  }
  if (!isRecord(payload)) return {};
  const entries = Object.entries(payload).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

function parseObject(json: string): Readonly<Record<string, unknown>> | undefined {
  // The brackets inside of a text were not counted when the body was opened.
  if ((json.match(/[[{]/g)?.length ?? 0) > MAX_BRACKETS) return undefined;
  try {
    const parsed: unknown = JSON.parse(json);
    return isRecord(parsed) ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
