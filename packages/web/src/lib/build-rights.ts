import type { Build, Repo, User } from '@sortie/sdk/types';

/** True when the caller may end the build and there is something to end. */
export function canCancel(build: Build, repo: Repo | undefined, user: User | null | undefined): boolean {
  const isOpen = build.status === 'running' || build.status === 'pending' || build.status === 'blocked';
  return isOpen && build.cancelling !== true && (repo?.permissions?.write === true || user?.admin === true);
}
