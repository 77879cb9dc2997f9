import { createHash } from 'node:crypto';
import { AppError } from '@sortie/core/errors';
import type { Repo } from '@sortie/core/repo';
import type {
  Conversion,
  ConvertBuild,
  ConvertRules,
  FoundFile,
  Hashes,
} from '@sortie/pipeline/convert/conversion';
import { convertConfig } from '@sortie/pipeline/convert/convert-config';
import type { Db } from '../store/db.ts';
import { isOfNamespace } from '../store/repo-lookups.ts';
import { findTemplate } from '../store/templates.ts';
import type { RepoSource } from './source.ts';

export interface ConvertDeps {
  readonly db: Db;
  readonly source: RepoSource;
  /** Which languages are on, and what they may use. */
  readonly convert: ConvertRules;
  /** Unix seconds. */
  readonly now: () => number;
}

export interface ConvertRequest {
  readonly repo: Repo;
  /** The repository that holds the commit, when it is another one. */
  readonly place?: Repo;
  readonly build: ConvertBuild;
  /** Full id of the commit that the file and its imports are read from. */
  readonly commit: string;
  readonly text: string;
}

/** Rounds of looking things up; files that import one another in a longer chain are a mistake. */
const MAX_ROUNDS = 50;

/**
 * Converts the pipeline file of a commit, once for each build (pipeline.md 0.2). Imports come from the same commit,
 * templates from the namespace of the repository; both are looked up when the conversion asks for them. Throws only
 * when source or store fail.
 */
export async function convertCommitConfig(deps: ConvertDeps, request: ConvertRequest): Promise<Conversion> {
  const { repo, build, text } = request;
  const source = { path: repo.configPath, text };
  const files = new Map<string, FoundFile>();
  const templates = new Map<string, string | undefined>();
  const now = deps.now();
  const context = {
    repo,
    build,
    rules: deps.convert,
    files,
    templates,
    hashes: HASHES,
    now: () => now * 1000,
  };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const conversion = convertConfig(source, context);
    if (conversion.wanted === undefined) return conversion;
    for (const path of conversion.wanted.files) files.set(path, await readFile(deps, request, path));
    for (const name of conversion.wanted.templates) templates.set(name, await readTemplate(deps, repo, name));
  }
  return tooManyRounds(repo.configPath);
}

async function readTemplate({ db }: ConvertDeps, repo: Repo, name: string): Promise<string | undefined> {
  if (!(await isOfNamespace(db, repo))) return undefined;
  return (await findTemplate(db, { namespace: repo.namespace, name }))?.data;
}

async function readFile(
  { source }: ConvertDeps,
  { repo, place = repo, commit }: ConvertRequest,
  path: string,
): Promise<FoundFile> {
  try {
    const text = (await source.commitWithFile(place, commit, path))?.text;
    if (text !== undefined) return { text };
    return { problem: `There is no file ${JSON.stringify(path)} in commit ${commit.slice(0, 8)}.` };
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    return { problem: error.message };
  }
}

const HASHES: Hashes = {
  md5: (bytes) => createHash('md5').update(bytes).digest('hex'),
  sha1: (bytes) => createHash('sha1').update(bytes).digest('hex'),
  sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
};

function tooManyRounds(file: string): Conversion {
  const place = { file, line: 1, column: 1, document: 0, pointer: '' };
  const message = 'The files that the configuration imports name too many others.';
  const hint = 'Import fewer files, and none from each other in a long chain.';
  const finding = { severity: 'error', code: 'jsonnet-import', message, hint, ...place } as const;
  return { text: '', file, findings: [finding], printed: [] };
}
