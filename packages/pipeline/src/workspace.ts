import type { PipelineDocument } from './config.ts';
import { isShellType } from './environment.ts';
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

/** The workspace of a pipeline; empty for `exec` and `ssh`, whose engines make one at run time. */
export function workspaceOf(pipeline: PipelineDocument): Workspace {
  if (isShellType(pipeline.type)) return { base: '', path: '', written: '' };
  const workspace = pipeline.type === 'kubernetes' ? podWorkspace(pipeline) : containerWorkspace(pipeline);
  return pipeline.platform.os === 'windows' ? toWindows(workspace) : workspace;
}

/** A pod has one place for the workspace and the clone. */
function podWorkspace({ workspace: { path } }: PipelineDocument): Workspace {
  const place = cleanPath(path === '' ? DEFAULT_BASE : path);
  return guard({ base: place, path: place, written: '' });
}

function containerWorkspace({ workspace: { base, path } }: PipelineDocument): Workspace {
  if (base === '' && path.startsWith('/'))
    return guard({ base: cleanPath(path), path: cleanPath(path), written: '' });
  const root = base === '' ? DEFAULT_BASE : base;
  return guard({ base: cleanPath(root), path: cleanPath(`${root}/${path}`), written: path });
}

/** `/drone/src` → `c:\drone\src`. */
function toWindows({ base, path, written }: Workspace): Workspace {
  const turn = (text: string) => text.replaceAll('/', '\\');
  return { base: `c:${turn(base)}`, path: `c:${turn(path)}`, written: turn(written) };
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
