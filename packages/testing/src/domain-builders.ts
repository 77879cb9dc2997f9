import { type Repo, UNTOUCHED_REPO } from '@sortie/core/repo';
import type { RunnerIdentity } from '@sortie/core/runner';
import type { User } from '@sortie/core/user';
import type { BuildDraft } from '@sortie/server/services/create-build';
import type { StageDraft } from '@sortie/server/store/stages';

/** The key under which tests keep secrets. */
export const TEST_KEY = Buffer.alloc(32, 7);

/** The second in which the clocks of the builders stand. */
export const TEST_NOW = 1_800_000_000;

/** An active account of the built-in host. */
export function aUser(patch: Partial<Omit<User, 'id'>> = {}): Omit<User, 'id'> {
  const login = patch.login ?? 'octocat';
  return {
    connectionId: 1,
    uid: login.toLowerCase(),
    login,
    email: `${login}@example.com`,
    avatar: '',
    isMachine: false,
    isAdmin: false,
    isActive: true,
    isSyncing: false,
    synced: 0,
    created: TEST_NOW,
    updated: TEST_NOW,
    lastLogin: 0,
    ...patch,
  };
}

/** An active private repository of the built-in host. */
export function aRepo(
  patch: Partial<Omit<Repo, 'id' | 'counter' | 'version'>> = {},
): Omit<Repo, 'id' | 'counter' | 'version'> {
  const namespace = patch.namespace ?? 'octocat';
  const name = patch.name ?? 'hello';
  const slug = `${namespace}/${name}`;
  return {
    ...UNTOUCHED_REPO,
    connectionId: 1,
    uid: slug,
    namespace,
    name,
    slug,
    serviceSlug: '',
    httpUrl: `http://localhost:8080/git/${slug}.git`,
    sshUrl: '',
    link: `http://localhost:8080/${slug}`,
    defaultBranch: 'main',
    isPrivate: true,
    visibility: 'private',
    serviceVisibility: '',
    isActive: true,
    configPath: '.drone.yml',
    timeoutMinutes: 60,
    synced: 0,
    created: TEST_NOW,
    updated: TEST_NOW,
    ...patch,
  };
}

/** A push to `main`. */
export function aBuildDraft(patch: Partial<BuildDraft> = {}): BuildDraft {
  return {
    parent: 0,
    event: 'push',
    action: '',
    link: '',
    title: '',
    message: 'Add a feature',
    before: '0'.repeat(40),
    after: 'a'.repeat(40),
    ref: 'refs/heads/main',
    sourceRepo: '',
    source: 'main',
    target: 'main',
    authorLogin: 'octocat',
    authorName: 'Octo Cat',
    authorEmail: 'octocat@example.com',
    authorAvatar: '',
    sender: 'octocat',
    trigger: '@hook',
    params: {},
    cron: '',
    deployTo: '',
    deployId: 0,
    debug: false,
    isSigned: false,
    isVerified: false,
    config: 'kind: pipeline\n',
    findings: [],
    ...patch,
  };
}

/** What is known of every build that has just been made. */
export const NEW_BUILD = {
  status: 'pending',
  error: '',
  started: 0,
  finished: 0,
  created: TEST_NOW,
  updated: TEST_NOW,
  enqueued: TEST_NOW,
  isCancelling: false,
} as const;

/** A pending docker stage for linux/amd64; with `dependsOn` it waits. */
export function aStageDraft(patch: Partial<StageDraft> = {}): StageDraft {
  const number = patch.number ?? 1;
  return {
    number,
    name: number === 1 ? 'default' : `stage-${number}`,
    kind: 'pipeline',
    type: 'docker',
    status: patch.dependsOn === undefined ? 'pending' : 'waiting_on_dependencies',
    errIgnore: false,
    platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
    limit: 0,
    throttle: 0,
    onSuccess: true,
    onFailure: false,
    dependsOn: [],
    labels: {},
    ...patch,
  };
}

/** A docker runner for linux/amd64. */
export function aRunner(patch: Partial<RunnerIdentity> = {}): RunnerIdentity {
  return {
    name: 'runner-1',
    types: ['docker'],
    platform: { os: 'linux', arch: 'amd64', variant: '', version: '' },
    labels: {},
    capacity: 2,
    version: '0.1.0',
    ...patch,
  };
}
