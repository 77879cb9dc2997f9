/** A route in one spelling: `GET /api/repos/{}/{}/builds`, from `GET R/builds?page`, `:owner` or `{owner}`. */
export function routeKey(route: string): string {
  const [method = '', path = ''] = route.trim().split(/\s+/);
  const whole = path.replace(/^R(?=[/?]|$)/, '/api/repos/{}/{}').replace(/\?.*$/, '');
  return `${method} ${whole.replaceAll(/\{[^}]*\}|:[A-Za-z]\w*/g, '{}').replace(/(.)\/$/, '$1')}`;
}

/** The `operationId` of every operation of an OpenAPI document in YAML, by route. */
export function operationIds(document: string): Map<string, string> {
  const ids = new Map<string, string>();
  let [path, method] = ['', ''];
  for (const line of document.split('\n')) {
    path = /^ {2}['"]?(\/[^'":]*)['"]?:/.exec(line)?.[1] ?? path;
    method = /^ {4}(get|post|put|patch|delete):/.exec(line)?.[1] ?? method;
    const id = /^ {6}operationId: *['"]?(\w+)/.exec(line)?.[1];
    if (id !== undefined) ids.set(routeKey(`${method.toUpperCase()} ${path}`), id);
  }
  return ids;
}
