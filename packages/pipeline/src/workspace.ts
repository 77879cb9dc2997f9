import type { PipelineDocument } from './config.ts';
import { cleanPath, isRestrictedPath } from './paths.ts';
import type { Variables } from './variables.ts';

const DEFAULT_BASE = '/drone/src';

/** Where the workspace of a docker stage lies inside every container (pipeline.md 7.3). */
export interface Workspace {
  /** Mount point of the volume. */
  readonly base: string;
  /** The directory that holds the clone. */
  readonly path: string;
  /** `workspace.path` as written, for `DRONE_WORKSPACE_PATH`. */
  readonly written: string;
}

/** The workspace of a pipeline; empty for `exec`, whose engine makes one at run time. */
export function workspaceOf(pipeline: PipelineDocument): Workspace {
  if (pipeline.type === 'exec') return { base: '', path: '', written: '' };
  const { base, path } = pipeline.workspace;
  if (base === '' && path.startsWith('/'))
    return guard({ base: cleanPath(path), path: cleanPath(path), written: '' });
  const root = base === '' ? DEFAULT_BASE : base;
  return guard({ base: cleanPath(root), path: cleanPath(`${root}/${path}`), written: path });
}

function guard(workspace: Workspace): Workspace {
  if (!isRestrictedPath(workspace.path)) return workspace;
  return { base: DEFAULT_BASE, path: DEFAULT_BASE, written: '' };
}

export function workspaceVariables(workspace: Workspace): Variables {
  return {
    DRONE_WORKSPACE: workspace.path,
    DRONE_WORKSPACE_BASE: workspace.base,
    DRONE_WORKSPACE_PATH: workspace.written,
  };
}
