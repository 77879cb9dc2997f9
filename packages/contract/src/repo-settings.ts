import { FORK_APPROVALS, FORK_CONFIGS } from '@sortie/core/approval';
import { MAX_PRIORITY, VISIBILITIES } from '@sortie/core/repo';
import { Type } from 'typebox';
import { RepoParams, WireRepo } from './repos.ts';
import { defineRoute } from './route.ts';

/** 24 days: timers cannot measure more. */
const MAX_TIMEOUT_MINUTES = 35_000;
const MAX_THROTTLE = 2_147_483_647;
/** Leaves room for more builds than anybody makes: numbers that JSON cannot tell apart cannot be given. */
const MAX_COUNTER = 2 ** 50;

const administrators = (what: string) => `${what}. Ignored unless an administrator of the server sends it`;

/** What `PATCH` takes of a repository; absent and `null` leave a setting as it is (api-v1.md 3.3). */
/** Which events are built, as the 0.5 API names them; the plural goes before the singular. */
const LEGACY_REPO_SETTINGS = {
  allow_push: Type.Optional(Type.Boolean()),
  allow_pr: Type.Optional(
    Type.Boolean({ description: 'The opposite of `ignore_pull_requests`, which goes first' }),
  ),
  allow_deploy: Type.Optional(Type.Boolean()),
  allow_deploys: Type.Optional(Type.Boolean()),
  allow_tag: Type.Optional(Type.Boolean()),
  allow_tags: Type.Optional(Type.Boolean()),
};

export const RepoPatchBody = Type.Object(
  {
    visibility: Type.Optional(Type.Enum([...VISIBILITIES])),
    config_path: Type.Optional(
      Type.String({ description: 'Path of the pipeline file below the root; empty = `.drone.yml`' }),
    ),
    protected: Type.Optional(Type.Boolean()),
    ignore_forks: Type.Optional(Type.Boolean()),
    ignore_pull_requests: Type.Optional(Type.Boolean()),
    ignore_reopened: Type.Optional(
      Type.Boolean({ description: 'Pull requests that are opened again are not built' }),
    ),
    fork_approval: Type.Optional(
      Type.Enum([...FORK_APPROVALS], {
        description:
          'Which pull requests of forks wait for an approval: `default` those of public repositories, `always`, `never`',
      }),
    ),
    fork_config: Type.Optional(
      Type.Enum([...FORK_CONFIGS], {
        description:
          'Where the pipeline file of pull requests from forks is read: `head`, what they propose, or `base`, their target branch',
      }),
    ),
    auto_cancel_pull_requests: Type.Optional(Type.Boolean()),
    auto_cancel_pushes: Type.Optional(Type.Boolean()),
    auto_cancel_running: Type.Optional(Type.Boolean()),
    auto_cancel_closed: Type.Optional(
      Type.Boolean({ description: 'Builds of deleted branches and closed pull requests are cancelled' }),
    ),
    ...LEGACY_REPO_SETTINGS,
    trusted: Type.Optional(Type.Boolean({ description: administrators('May use privileged features') })),
    timeout: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_TIMEOUT_MINUTES,
        description: administrators('Minutes that a stage may take'),
      }),
    ),
    throttle: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_THROTTLE,
        description: administrators('Stages that may run at once; 0 = unlimited'),
      }),
    ),
    priority: Type.Optional(
      Type.Integer({
        minimum: -MAX_PRIORITY,
        maximum: MAX_PRIORITY,
        description: administrators('Stages of repositories with a higher one are run first'),
      }),
    ),
    counter: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_COUNTER,
        description: administrators('The last used build number'),
      }),
    ),
  },
  { title: 'RepoPatch' },
);

export const updateRepo = defineRoute({
  id: 'updateRepo',
  allowsQueryToken: true,
  method: 'PATCH',
  path: '/api/repos/:owner/:name',
  access: 'repo:admin',
  scope: 'repos:admin',
  summary: 'Changes settings; with `If-Match: "VERSION"` only while the repository has that version',
  params: RepoParams,
  body: RepoPatchBody,
  reply: WireRepo,
  errors: ['conflict', 'counter-taken'],
  isAudited: true,
});
