import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { FakeActions } from './actions.ts';
import { type PushDeps, sendPush, syncPulls } from './push.ts';
import { takeObjects } from './read-objects.ts';
import type { FakeRepo, FakeUser } from './state.ts';
import { runGit, type UploadPack } from './upload-pack.ts';

/** Lets the `git` program take pushes, and tells of them as Gogs does. */
export interface ReceivePack {
  advertise(repo: FakeRepo): Promise<Buffer>;
  take(repo: FakeRepo, by: FakeUser, request: Buffer, isCompressed: boolean): Promise<Buffer>;
}

const SERVICE = '# service=git-receive-pack\n';

export function createReceivePack(
  deps: PushDeps,
  uploadPack: UploadPack,
  actions: Pick<FakeActions, 'deleteBranch' | 'deleteTag'>,
): ReceivePack {
  const { state } = deps;
  return {
    async advertise(repo) {
      const folder = await uploadPack.write(repo, state.objects);
      const refs = await runGit(['receive-pack', '--stateless-rpc', '--advertise-refs', folder], Buffer.of());
      const length = (SERVICE.length + 4).toString(16).padStart(4, '0');
      return Buffer.concat([Buffer.from(`${length}${SERVICE}0000`), refs]);
    },
    async take(repo, by, request, isCompressed) {
      const folder = await uploadPack.write(repo, state.objects);
      const body = isCompressed ? gunzipSync(request) : request;
      const answer = await runGit(['receive-pack', '--stateless-rpc', folder], body);
      await runGit(['-C', folder, 'pack-refs', '--all', '--prune'], Buffer.of());
      const packed = await readFile(join(folder, 'packed-refs'), 'utf8');
      await rm(join(folder, 'refs'), { recursive: true });
      const refs = new Map(
        [...packed.matchAll(/^([0-9a-f]{40}) (refs\/(?:heads|tags)\/.+)$/gm)].map(
          ([, sha = '', ref = '']) => [ref, sha] as const,
        ),
      );
      for (const [ref, sha] of refs) {
        if (repo.refs.get(ref) !== sha) takeObjects(folder, state.objects, repo, sha);
      }
      applyRefs(deps, repo, by.login, refs, actions);
      return answer;
    },
  };
}

function applyRefs(
  deps: PushDeps,
  repo: FakeRepo,
  by: string,
  refs: ReadonlyMap<string, string>,
  actions: Pick<FakeActions, 'deleteBranch' | 'deleteTag'>,
): void {
  for (const ref of [...repo.refs.keys()].filter((known) => /^refs\/(heads|tags)\//.test(known))) {
    if (refs.has(ref)) continue;
    if (ref.startsWith('refs/heads/')) actions.deleteBranch(repo.slug, ref.slice(11));
    else actions.deleteTag(repo.slug, ref.slice(10));
  }
  for (const [ref, after] of refs) {
    const before = repo.refs.get(ref);
    if (before === after) continue;
    repo.refs.set(ref, after);
    if (ref.startsWith('refs/heads/')) {
      sendPush(deps, repo, { ref, before, after, by });
      syncPulls(deps, repo, ref.slice(11), by);
    } else sendTag(deps, repo, by, { name: ref.slice(10), sha: after });
  }
}

function sendTag(
  { deliverer, present, state }: PushDeps,
  repo: FakeRepo,
  by: string,
  { name, sha }: { readonly name: string; readonly sha: string },
): void {
  const user = state.users.get(by.toLowerCase());
  deliverer.send(repo, 'create', {
    ...{ ref: name, ref_type: 'tag', sha, default_branch: repo.defaultBranch },
    repository: present.repo(repo),
    ...(user && { sender: present.user(user) }),
  });
}
