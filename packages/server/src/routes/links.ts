import { linkCommit, linkSource, linkTree } from '@sortie/contract/links';
import type { Repo } from '@sortie/core/repo';
import type { FastifyReply } from 'fastify';
import type { Admission } from '../auth/admit.ts';
import { loadReach } from '../auth/reach.ts';
import { findConnectionById } from '../store/connections.ts';
import type { Db } from '../store/db.ts';
import { findRepoBySlug } from '../store/repos.ts';
import { type CodeTarget, codeLink } from './code-links.ts';
import { type Mount, notFound } from './mount.ts';

export interface LinkRouteDeps {
  readonly db: Db;
  readonly publicUrl: string;
}

interface LinkCall {
  readonly params: { readonly owner: string; readonly name: string };
  readonly admission: Admission;
  readonly reply: FastifyReply;
}

export function mountLinkRoutes(mount: Mount, deps: LinkRouteDeps): void {
  const send = async (call: LinkCall, target: CodeTarget): Promise<FastifyReply> => {
    const repo = await findReadableRepo(deps, call);
    const url = repo && (await addressOf(deps, repo, target));
    if (url === undefined) throw notFound('page of code');
    return call.reply.redirect(url, 303);
  };
  for (const route of [linkTree, linkSource]) {
    mount(route, (call) => {
      const { sha } = call.query;
      return send(call, sha ? { sha } : { ref: call.params['*'] });
    });
  }
  mount(linkCommit, (call) => send(call, { sha: call.params.commit }));
}

/** Repositories that the caller may not see are as unknown as those that do not exist. */
async function findReadableRepo(deps: LinkRouteDeps, call: LinkCall): Promise<Repo | undefined> {
  const repo = await findRepoBySlug(deps.db, `${call.params.owner}/${call.params.name}`);
  if (repo === undefined) return undefined;
  const reach = await loadReach(deps.db, call.admission.caller);
  return reach.may('repo:read', repo) ? repo : undefined;
}

async function addressOf(deps: LinkRouteDeps, repo: Repo, target: CodeTarget): Promise<string | undefined> {
  const connection = await findConnectionById(deps.db, repo.connectionId);
  if (connection === undefined) return undefined;
  const { kind, url } = connection;
  if (kind === 'builtin') return codeLink(kind, `${deps.publicUrl}/${repo.slug}`, target);
  return codeLink(kind, repo.link || `${url}/${repo.slug}`, target);
}
