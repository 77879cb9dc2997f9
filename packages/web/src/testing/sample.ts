import type { Build, Repo, Stage, Step, User } from '@sortie/sdk/types';

/** A build as the API sends it, with the given members replaced. */
export function aBuild(fields: Partial<Build> = {}): Build {
  return {
    id: 1,
    repo_id: 1,
    trigger: '@hook',
    number: 1,
    status: 'success',
    event: 'push',
    action: '',
    link: '',
    message: 'Make the parser forgive a missing newline',
    before: '0000000000000000000000000000000000000000',
    after: '7fd1a60b01f91b314f59955a4e4d4e80d8edf11d',
    ref: 'refs/heads/main',
    source_repo: '',
    source: 'main',
    target: 'main',
    author_login: 'mona',
    author_name: 'Mona Lisa',
    author_email: 'mona@example.com',
    author_avatar: '',
    sender: 'mona',
    started: 1_700_000_010,
    finished: 1_700_000_075,
    created: 1_700_000_000,
    updated: 1_700_000_010,
    version: 3,
    ...fields,
  };
}

export function aStage(fields: Partial<Stage> = {}): Stage {
  return {
    id: 1,
    repo_id: 1,
    build_id: 1,
    number: 1,
    name: 'default',
    kind: 'pipeline',
    type: 'docker',
    status: 'success',
    errignore: false,
    exit_code: 0,
    machine: 'runner-1',
    os: 'linux',
    arch: 'amd64',
    started: 1_700_000_010,
    stopped: 1_700_000_075,
    created: 1_700_000_000,
    updated: 1_700_000_075,
    version: 4,
    on_success: true,
    on_failure: false,
    ...fields,
  };
}

export function aStep(fields: Partial<Step> = {}): Step {
  return {
    id: 1,
    step_id: 1,
    number: 1,
    name: 'clone',
    status: 'success',
    exit_code: 0,
    started: 1_700_000_010,
    stopped: 1_700_000_014,
    version: 4,
    ...fields,
  };
}

export function aRepo(fields: Partial<Repo> = {}): Repo {
  return {
    id: 1,
    uid: '1',
    user_id: 1,
    namespace: 'octo',
    name: 'hello',
    slug: 'octo/hello',
    scm: '',
    git_http_url: 'http://ci.example.com/git/octo/hello.git',
    git_ssh_url: '',
    link: '',
    default_branch: 'main',
    private: false,
    visibility: 'public',
    active: true,
    config_path: '.drone.yml',
    trusted: false,
    protected: false,
    timeout: 60,
    counter: 1,
    synced: 0,
    created: 1_690_000_000,
    updated: 1_700_000_000,
    version: 1,
    ...fields,
  };
}

export function aUser(fields: Partial<User> = {}): User {
  return {
    id: 1,
    login: 'mona',
    email: 'mona@example.com',
    machine: false,
    admin: false,
    active: true,
    avatar: '',
    syncing: false,
    synced: 0,
    created: 1_690_000_000,
    updated: 1_690_000_000,
    last_login: 1_700_000_000,
    ...fields,
  };
}
