/**
 * True for a file in the format of Drone 0.8: a line begins with `pipeline:` (pipeline.md 13). A file that names a
 * kind is in the present format, whatever anchors it keeps under that key.
 */
export function isLegacyFormat(text: string): boolean {
  return /^pipeline:/m.test(text) && !/^kind:/m.test(text);
}

/** The product whose own configuration a file is, by its name; Drone tried to convert these. */
export function foreignFormatOf(path: string): string | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (name === 'bitbucket-pipelines.yml') return 'Bitbucket Pipelines';
  return name === '.gitlab-ci.yml' ? 'GitLab CI' : undefined;
}
