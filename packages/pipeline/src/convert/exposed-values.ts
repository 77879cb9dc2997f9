import type { ConvertInput } from './conversion.ts';

/** Values by the names that pipeline.md 9.3 gives them, in its order. */
export interface ExposedValues {
  readonly build: Readonly<Record<string, string>>;
  readonly repo: Readonly<Record<string, string | boolean>>;
}

/** What Jsonnet, Starlark and templates all see of build and repository. */
export function exposedValues({ build, repo }: ConvertInput): ExposedValues {
  return {
    build: {
      event: build.event,
      action: build.action,
      environment: build.deployTo,
      link: build.link,
      branch: build.target,
      source: build.source,
      before: build.before,
      after: build.after,
      target: build.target,
      ref: build.ref,
      commit: build.after,
      title: build.title,
      message: build.message,
      source_repo: build.sourceRepo,
      author_login: build.authorLogin,
      author_name: build.authorName,
      author_email: build.authorEmail,
      author_avatar: build.authorAvatar,
      sender: build.sender,
    },
    repo: {
      uid: repo.uid,
      name: repo.name,
      namespace: repo.namespace,
      slug: repo.slug,
      git_http_url: repo.httpUrl,
      git_ssh_url: repo.sshUrl,
      link: repo.link,
      branch: repo.defaultBranch,
      config: repo.configPath,
      private: repo.isPrivate,
      visibility: repo.visibility,
      active: repo.isActive,
      trusted: repo.isTrusted,
      protected: repo.isProtected,
      ignore_forks: repo.ignoreForks,
      ignore_pull_requests: repo.ignorePullRequests,
    },
  };
}
