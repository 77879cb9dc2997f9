import { isDone, type Status } from '@sortie/core/status';

/** What a CCTray project shows: a build, or one stage of it. */
export interface CcProject {
  /** Slug of the repository. */
  readonly name: string;
  readonly number: number;
  readonly status: Status;
  /** Unix seconds; 0 = it never started. */
  readonly started: number;
  readonly url: string;
}

/** One line without a prolog, attributes in this order (api-legacy.md 3.8, row 34). */
export function renderCcProject(project: CcProject): string {
  const isBuilding = !isDone(project.status);
  const attributes = {
    name: project.name,
    activity: isBuilding ? 'Building' : 'Sleeping',
    lastBuildStatus: statusOf(project.status),
    lastBuildLabel: isBuilding ? 'Unknown' : String(project.number),
    lastBuildTime: isBuilding || project.started === 0 ? '' : toTime(project.started),
    webUrl: project.url,
  };
  const text = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeXml(value)}"`);
  return `<Projects><Project${text.join('')}></Project></Projects>`;
}

function statusOf(status: Status): 'Success' | 'Failure' | 'Exception' | 'Unknown' {
  if (status === 'success') return 'Success';
  if (status === 'failure') return 'Failure';
  return status === 'error' || status === 'killed' || status === 'declined' ? 'Exception' : 'Unknown';
}

/** RFC 3339 to the second. */
function toTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
