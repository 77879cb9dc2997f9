import type { Build } from '@sortie/core/build';
import type { Repo } from '@sortie/core/repo';
import type { Stage } from '@sortie/core/stage';
import { isFailed } from '@sortie/core/status';
import { tagVariables } from './version-variables.ts';

/** The variables of pipeline.md 6.1, group by group, with the values that are known before a step runs. */

export type Variables = Readonly<Record<string, string>>;

export interface System {
  /** `http` or `https`. */
  readonly proto: string;
  readonly host: string;
  readonly version: string;
}

export function systemVariables(system: System): Variables {
  return {
    DRONE_SYSTEM_PROTO: system.proto,
    DRONE_SYSTEM_HOST: system.host,
    DRONE_SYSTEM_HOSTNAME: system.host,
    DRONE_SYSTEM_VERSION: system.version,
  };
}

export function repoVariables(repo: Repo): Variables {
  return {
    DRONE_REPO: repo.slug,
    DRONE_REPO_SCM: 'git',
    DRONE_REPO_OWNER: repo.namespace,
    DRONE_REPO_NAMESPACE: repo.namespace,
    DRONE_REPO_NAME: repo.name,
    DRONE_REPO_LINK: repo.link,
    DRONE_REPO_BRANCH: repo.defaultBranch,
    DRONE_REPO_VISIBILITY: repo.visibility,
    DRONE_REPO_PRIVATE: String(repo.isPrivate),
    DRONE_REMOTE_URL: repo.httpUrl,
    DRONE_GIT_HTTP_URL: repo.httpUrl,
    DRONE_GIT_SSH_URL: repo.sshUrl,
    CI_REPO: repo.slug,
    CI_REPO_NAME: repo.slug,
    CI_REPO_LINK: repo.link,
    CI_REPO_REMOTE: repo.httpUrl,
    CI_REMOTE_URL: repo.httpUrl,
    CI_REPO_PRIVATE: String(repo.isPrivate),
  };
}

export interface VariableOptions {
  /** Unix seconds; stands in for times that are not set yet. */
  readonly now: number;
  /** The exec runner never knew some of the variables. */
  readonly isExec: boolean;
  /** Without the variables that Drone does not have. */
  readonly isCompatible?: boolean;
}

export function buildVariables(build: Build, options: VariableOptions): Variables {
  return {
    ...commitVariables(build),
    DRONE_BUILD_NUMBER: String(build.number),
    DRONE_BUILD_PARENT: String(build.parent),
    DRONE_BUILD_EVENT: build.event,
    DRONE_BUILD_ACTION: build.action,
    DRONE_BUILD_STATUS: isFailed(build.status) ? 'failure' : 'success',
    DRONE_BUILD_CREATED: String(build.created),
    DRONE_BUILD_STARTED: String(build.started || options.now),
    DRONE_BUILD_FINISHED: String(build.finished || options.now),
    DRONE_DEPLOY_TO: build.deployTo,
    ...(options.isExec
      ? {}
      : {
          DRONE_BUILD_TRIGGER: build.trigger,
          DRONE_BUILD_DEBUG: String(build.debug),
          DRONE_DEPLOY_ID: String(build.deployId),
        }),
    CI_BUILD_NUMBER: String(build.number),
    CI_PARENT_BUILD_NUMBER: String(build.parent),
    CI_BUILD_CREATED: String(build.created),
    CI_BUILD_STARTED: String(build.started),
    CI_BUILD_FINISHED: String(build.finished),
    CI_BUILD_STATUS: build.status,
    CI_BUILD_EVENT: build.event,
    // Drone's legacy name means the page of the commit, not of the build.
    CI_BUILD_LINK: build.link,
    CI_BUILD_TARGET: build.deployTo,
    ...pullRequestVariables(build, options.isExec),
    ...(options.isCompatible === true ? {} : newVariables(build)),
    ...(build.ref.startsWith('refs/tags/')
      ? tagVariables(build.ref.slice('refs/tags/'.length), { calver: !options.isExec })
      : {}),
  };
}

/** What Drone never told its steps (pipeline.md 6.1). */
function newVariables({ cron, sourceRepo }: Build): Variables {
  return {
    ...(cron === '' ? {} : { DRONE_CRON: cron }),
    ...(sourceRepo === '' ? {} : { DRONE_SOURCE_REPO: sourceRepo }),
  };
}

function commitVariables(build: Build): Variables {
  return {
    DRONE_BRANCH: build.target,
    DRONE_TARGET_BRANCH: build.target,
    DRONE_SOURCE_BRANCH: build.source,
    DRONE_COMMIT: build.after,
    DRONE_COMMIT_SHA: build.after,
    DRONE_COMMIT_AFTER: build.after,
    DRONE_COMMIT_BEFORE: build.before,
    DRONE_COMMIT_REF: build.ref,
    DRONE_COMMIT_BRANCH: build.target,
    DRONE_COMMIT_LINK: build.link,
    DRONE_COMMIT_MESSAGE: build.message,
    DRONE_COMMIT_AUTHOR: build.authorLogin,
    DRONE_COMMIT_AUTHOR_NAME: build.authorName,
    DRONE_COMMIT_AUTHOR_EMAIL: build.authorEmail,
    DRONE_COMMIT_AUTHOR_AVATAR: build.authorAvatar,
    CI_COMMIT_SHA: build.after,
    CI_COMMIT_REF: build.ref,
    CI_COMMIT_BRANCH: build.target,
    CI_COMMIT_MESSAGE: build.message,
    CI_COMMIT_AUTHOR: build.authorLogin,
    CI_COMMIT_AUTHOR_NAME: build.authorName,
    CI_COMMIT_AUTHOR_EMAIL: build.authorEmail,
    CI_COMMIT_AUTHOR_AVATAR: build.authorAvatar,
  };
}

function pullRequestVariables(build: Build, isExec: boolean): Variables {
  if (build.event !== 'pull_request') return {};
  return {
    DRONE_PULL_REQUEST: /\d+/.exec(build.ref)?.[0] ?? '',
    ...(isExec ? {} : { DRONE_PULL_REQUEST_TITLE: build.title }),
  };
}

export function stageVariables(stage: Stage, options: VariableOptions): Variables {
  return {
    DRONE_STAGE_KIND: stage.kind,
    DRONE_STAGE_TYPE: stage.type,
    DRONE_STAGE_NAME: stage.name,
    DRONE_STAGE_NUMBER: String(stage.number),
    DRONE_STAGE_MACHINE: stage.machine,
    DRONE_STAGE_OS: stage.platform.os,
    DRONE_STAGE_ARCH: stage.platform.arch,
    DRONE_STAGE_VARIANT: stage.platform.variant,
    ...(options.isExec ? {} : { DRONE_STAGE_VERSION: String(stage.version) }),
    DRONE_STAGE_STATUS: isFailed(stage.status) ? 'failure' : 'success',
    DRONE_STAGE_STARTED: String(stage.started || options.now),
    DRONE_STAGE_FINISHED: String(stage.stopped || options.now),
    DRONE_STAGE_DEPENDS_ON: stage.dependsOn.join(','),
  };
}

export function linkVariables(system: System, repo: Repo, build: Build): Variables {
  return { DRONE_BUILD_LINK: `${system.proto}://${system.host}/${repo.slug}/${build.number}` };
}

export function stepVariables(step: { readonly name: string; readonly number: number }): Variables {
  return { DRONE_STEP_NAME: step.name, DRONE_STEP_NUMBER: String(step.number) };
}

/** Who commits when a step runs git. */
export function identityVariables(build: Build): Variables {
  const name = build.authorName || 'drone';
  const email = build.authorEmail || 'noreply@drone';
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_TERMINAL_PROMPT: '0',
  };
}
