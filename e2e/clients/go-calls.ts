const REPO = ['ada', 'demo'] as const;
/** A file without a signature. */
export const SIGNED = 'kind: pipeline\nname: default\n';

/** Every method that asks the server for something that is not about builds, with arguments that would do. */
export const CALLS: Readonly<Record<string, readonly unknown[]>> = {
  User: ['ada'],
  UserList: [],
  UserCreate: [{ login: 'new', machine: true }],
  UserUpdate: ['ada', { active: true }],
  UserDelete: ['ada'],
  Repo: [...REPO],
  RepoListAll: [{}],
  RepoEnable: [...REPO],
  RepoUpdate: [...REPO, { ignore_forks: true }],
  RepoChown: [...REPO],
  RepoRepair: [...REPO],
  RepoDisable: [...REPO],
  RepoDelete: [...REPO],
  Secret: [...REPO, 'x'],
  SecretList: [...REPO],
  SecretCreate: [...REPO, { name: 'x', data: 'y' }],
  SecretUpdate: [...REPO, { name: 'x', data: 'y' }],
  SecretDelete: [...REPO, 'x'],
  OrgSecret: ['ada', 'x'],
  OrgSecretList: ['ada'],
  OrgSecretListAll: [],
  OrgSecretCreate: ['ada', { name: 'x', data: 'y' }],
  OrgSecretUpdate: ['ada', { name: 'x', data: 'y' }],
  OrgSecretDelete: ['ada', 'x'],
  Cron: [...REPO, 'x'],
  CronList: [...REPO],
  CronCreate: [...REPO, { name: 'x', expr: '@daily', branch: 'main' }],
  CronUpdate: [...REPO, 'x', {}],
  CronExec: [...REPO, 'x'],
  CronDelete: [...REPO, 'x'],
  Sign: [...REPO, SIGNED],
  Verify: [...REPO, SIGNED],
  Encrypt: [...REPO, { name: 'x', data: 'y' }],
  Node: ['x'],
  NodeList: [],
  NodeCreate: [{ name: 'x' }],
  NodeUpdate: ['x', {}],
  NodeDelete: ['x'],
  Template: ['ada', 'x.yml'],
  TemplateListAll: [],
  TemplateList: ['ada'],
  TemplateCreate: ['ada', { name: 'x.yml', data: 'y' }],
  TemplateUpdate: ['ada', 'x.yml', { data: 'y' }],
  TemplateDelete: ['ada', 'x.yml'],
  Self: [],
  RepoList: [],
  RepoListSync: [],
};

/** The statuses for nobody and for a stranger, and the methods that have them. */
export const REFUSALS: Readonly<Record<string, string>> = {
  '401 403':
    'User UserList UserCreate UserUpdate UserDelete RepoListAll OrgSecretListAll Node NodeList NodeCreate NodeUpdate NodeDelete',
  '401 404':
    'Repo RepoEnable RepoUpdate RepoChown RepoRepair RepoDisable RepoDelete Secret SecretList SecretCreate SecretUpdate SecretDelete Cron CronList CronCreate CronUpdate CronExec CronDelete Sign Verify Encrypt',
  '401 401':
    'OrgSecret OrgSecretList OrgSecretCreate OrgSecretUpdate OrgSecretDelete Template TemplateListAll TemplateList TemplateCreate TemplateUpdate TemplateDelete',
  '401 no error': 'Self RepoList RepoListSync',
};
