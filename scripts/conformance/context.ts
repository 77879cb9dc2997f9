import { type Build, EVENTS } from '@sortie/core/build';
import { type Repo, UNTOUCHED_REPO } from '@sortie/core/repo';
import type { CompileContext } from '@sortie/pipeline/compile-context';
import { BUILD, STAGE } from '@sortie/pipeline/compile-context.fixture';
import type { GoldenContext } from './golden.ts';

/** Any time will do: the golden files have a placeholder for it. */
const NOW = 1_700_000_100;

/** The inputs of one build of a corpus as the compiler takes them. */
export function toContext({ repo, build, system }: GoldenContext): CompileContext {
  const isTrusted = repo.trusted === true;
  return {
    system,
    now: NOW,
    isTrusted,
    repo: toRepo(repo, isTrusted),
    build: toBuild(build),
    // The golden files were made of a stage that had never been written.
    stage: { ...STAGE, version: 0 },
    runner: { environ: {}, machine: '', cloneImage: 'drone/git:latest' },
  };
}

function toRepo(repo: GoldenContext['repo'], isTrusted: boolean): Repo {
  const text = (key: string) => String(repo[key] ?? '');
  const visibility = text('visibility');
  return {
    ...UNTOUCHED_REPO,
    id: 1,
    connectionId: 1,
    uid: text('uid'),
    userId: 1,
    namespace: text('namespace'),
    name: text('name'),
    slug: text('slug') || `${text('namespace')}/${text('name')}`,
    httpUrl: text('http_url'),
    sshUrl: text('ssh_url'),
    link: text('link'),
    defaultBranch: text('default_branch'),
    isPrivate: repo.private === true,
    visibility: visibility === 'private' || visibility === 'internal' ? visibility : 'public',
    isActive: true,
    configPath: '.drone.yml',
    isTrusted,
    timeoutMinutes: Number(repo.timeout_minutes ?? 60),
    counter: 0,
    synced: 0,
    created: 0,
    updated: 0,
    version: 0,
  };
}

function toBuild(build: GoldenContext['build']): Build {
  const text = (key: string) => String(build[key] ?? '');
  const author = (build.author ?? {}) as Readonly<Record<string, string>>;
  const event = EVENTS.find((known) => known === build.event);
  if (event === undefined) throw new Error(`the corpus has a build of the unknown event ${text('event')}`);
  return {
    ...BUILD,
    number: Number(build.number ?? 0),
    parent: Number(build.parent ?? 0),
    event,
    action: text('action'),
    link: text('link'),
    title: text('title'),
    message: text('message'),
    before: text('before'),
    after: text('after'),
    ref: text('ref'),
    sourceRepo: text('fork'),
    source: text('source_branch'),
    target: text('target_branch'),
    authorLogin: author.login ?? '',
    authorName: author.name ?? '',
    authorEmail: author.email ?? '',
    authorAvatar: author.avatar ?? '',
    sender: text('sender'),
    trigger: text('trigger'),
    cron: text('cron'),
    deployTo: text('deploy_target'),
    deployId: Number(build.deploy_id ?? 0),
    created: Number(build.created ?? 0),
  };
}
