import { isForkBuild } from '@sortie/core/build';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type { RepoSource, SourceCommit } from './source.ts';
import type { TriggerRequest } from './trigger-request.ts';

/** The commit that is to be built, and the pipeline file for it. */
export interface PipelineFile {
  /** Absent when it is not there any more. */
  readonly commit?: SourceCommit;
  readonly text?: string;
  /** Why the file that is there cannot be used. */
  readonly problem?: AppError;
  /** Where the text was read, for its imports; also where it is missing. */
  readonly place: FilePlace;
}

export interface FilePlace {
  /** With the slug of the repository that holds the commit, which may be another one than the one that builds. */
  readonly repo: Repo;
  /** A commit, or a branch where it is one's newest. */
  readonly ref: string;
}

/**
 * Reads what a build begins with. With `fork_config: base` a change from a fork has no say in its pipelines: the file
 * is that of the branch it is for (scm.md X24). Throws when the source cannot be asked.
 */
export async function readPipelineFile(source: RepoSource, request: TriggerRequest): Promise<PipelineFile> {
  const { repo, after, sourceRepo = '' } = request;
  const head = { repo: headRepo(request), ref: after };
  const isFork = isForkBuild({ ...request, sourceRepo }, repo);
  if (!isFork || repo.forkConfig !== 'base') return readFile(source, head, repo.configPath);
  const commit = await source.findCommit(head.repo, after);
  const base = { repo, ref: baseRef(request) };
  if (commit === undefined) return { place: base };
  const { commit: _tip, ...file } = await readFile(source, base, repo.configPath);
  return { ...file, commit };
}

async function readFile(source: RepoSource, place: FilePlace, path: string): Promise<PipelineFile> {
  try {
    const found = await source.commitWithFile(place.repo, place.ref, path);
    if (found === undefined) return { place };
    const { commit, text } = found;
    return { commit, place: { ...place, ref: commit.sha }, ...(text === undefined ? {} : { text }) };
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    const commit = await source.findCommit(place.repo, place.ref);
    return { problem: error, place, ...(commit === undefined ? {} : { commit }) };
  }
}

/** The repository that holds the commit, which the head of a pull request may be alone in having for a while. */
function headRepo({ repo, readFrom }: TriggerRequest): Repo {
  // The fork is a repository of its own, whose uid nobody has told.
  return readFrom === undefined ? repo : { ...repo, uid: '', slug: readFrom.slug, serviceSlug: '' };
}

/** A build that somebody starts of the ref of a pull request names no branch that it is for. */
function baseRef({ repo, target }: TriggerRequest): string {
  return `refs/heads/${target === '' || target.startsWith('refs/') ? repo.defaultBranch : target}`;
}
