import { join } from 'node:path';
import { ValueProblem } from './config-values.ts';

/** What `openDatabase` takes. */
export type DatabaseConfig =
  | { readonly driver: 'sqlite'; readonly path: string }
  | { readonly driver: 'postgres'; readonly url: string; readonly maxConnections: number };

/** Several connections make sense only while builds are short; ten serve far more than one server needs. */
const DEFAULT_CONNECTIONS = 10;

/** Turns Drone's three database settings into ours. Throws `ValueProblem`. */
export function toDatabaseConfig(
  driver: string,
  datasource: string,
  options: { readonly dataFolder: string; readonly maxConnections: number },
): DatabaseConfig {
  if (driver === 'mysql') {
    throw new ValueProblem('names MySQL, which Sortie does not support', 'Use sqlite3 or postgres.');
  }
  if (driver !== 'postgres') {
    const path = datasource.replace(/^file:/, '').replace(/\?.*$/, '');
    return { driver: 'sqlite', path: path === '' ? join(options.dataFolder, 'database.sqlite') : path };
  }
  if (datasource === '') {
    throw new ValueProblem(
      'is postgres, but DRONE_DATABASE_DATASOURCE is not set',
      'Set it to postgres://user:password@host:5432/name.',
    );
  }
  const url = /^postgres(ql)?:\/\//.test(datasource) ? datasource : dsnToUrl(datasource);
  return { driver: 'postgres', url, maxConnections: options.maxConnections || DEFAULT_CONNECTIONS };
}

/** `host=db user=drone password='a b' dbname=ci sslmode=disable` as an address. */
function dsnToUrl(dsn: string): string {
  const parts = new Map<string, string>();
  for (const [, key, quoted, plain] of dsn.matchAll(/(\w+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S*))/g)) {
    if (key !== undefined) parts.set(key, (quoted ?? plain ?? '').replace(/\\(.)/g, '$1'));
  }
  const take = (key: string, fallback: string): string => {
    const value = parts.get(key) ?? fallback;
    parts.delete(key);
    return encodeURIComponent(value);
  };
  const [host, port, name] = [take('host', 'localhost'), take('port', '5432'), take('dbname', '')];
  const login = `${take('user', 'postgres')}:${take('password', '')}`;
  if (name === '') {
    throw new ValueProblem(
      'names a PostgreSQL database in a form that cannot be read',
      'Use postgres://user:password@host:5432/name.',
    );
  }
  const rest = new URLSearchParams([...parts]).toString();
  return `postgres://${login}@${host}:${port}/${name}${rest === '' ? '' : `?${rest}`}`;
}
