import type { Build, Repo, User } from '@sortie/sdk/types';

type Account = User | null | undefined;

/** True when the caller may end the build and there is something to end. */
export function canCancel(build: Build, repo: Repo | undefined, user: Account): boolean {
  const isOpen = build.status === 'running' || build.status === 'pending' || build.status === 'blocked';
  return isOpen && build.cancelling !== true && canWrite(repo, user);
}

export function canWrite(repo: Repo | undefined, user: Account): boolean {
  return repo?.permissions?.write === true || user?.admin === true;
}

/** True when the caller may change the settings of the repository. */
export function canAdmin(repo: Repo | undefined, user: Account): boolean {
  return repo?.permissions?.admin === true || user?.admin === true;
}
