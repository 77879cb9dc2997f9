import type { Route } from '@sortie/contract/route';

/** What the operations of one subject have in common: their addresses. The first pattern that fits counts. */
const SUBJECTS: readonly (readonly [RegExp, string])[] = [
  [/^\/v0\//, 'The 0.5 API'],
  [/\/(logs|cards)(\/|$)|^\/api\/stream\/.*:step/, 'Logs and cards'],
  [/^\/api\/(stream|audit)/, 'Events and audit'],
  [/^\/api\/user(\/|$)/, 'Your account'],
  [/^\/api\/users(\/|$)/, 'Accounts'],
  [/\/(secrets|sign|verify|encrypt)(\/|$)/, 'Secrets and signatures'],
  [/\/cron(\/|$)/, 'Cron jobs'],
  [/\/builds(\/|$)|\/deliveries(\/|$)|^\/hook$/, 'Builds'],
  [/^\/api\/templates/, 'Templates'],
  [/^\/api\/repos/, 'Repositories'],
  [/^\/api\/(queue|nodes|system)/, 'Queue and runners'],
  [/^\/api\/badges|^\/link/, 'Badges and links'],
  [/^\/(login|logout|authorize|api\/sign-in)/, 'Signing in'],
];

/** The subject under which the reference files a route; also its tag in the OpenAPI document. */
export function subjectOf(route: Pick<Route, 'path'>): string {
  return SUBJECTS.find(([pattern]) => pattern.test(route.path))?.[1] ?? 'Server';
}

/** Routes by subject, in the order in which the subjects first appear. */
export function groupBySubject(routes: readonly Route[]): ReadonlyMap<string, readonly Route[]> {
  return Map.groupBy(routes, subjectOf);
}
