import type { PlanServer } from '@sortie/core/plan';
import type { MapFields } from './field.ts';
import { openMap, report } from './field.ts';
import { SERVER_KEYS } from './keys.ts';
import { readSecretText } from './settings.ts';
import { isNull } from './tree.ts';

/** The machine of an `ssh` pipeline (pipeline.md 1.3); each value is text or a secret. */
export function readServer(pipeline: MapFields): PlanServer | undefined {
  const field = pipeline.get('server');
  if (field === undefined) {
    if (!pipeline.field.scope.isServer) {
      const hint = 'Add "server" with host, user and ssh_key or password.';
      report(pipeline.field, 'error', 'missing-server', 'The ssh pipeline names no server.', hint);
    }
    return undefined;
  }
  const map = openMap(field, SERVER_KEYS);
  if (map === undefined) return undefined;
  for (const key of ['host', 'user']) {
    const value = map.get(key);
    if (value !== undefined && !isNull(value.node)) continue;
    const hint = `Add "${key}" with text or {from_secret: name}.`;
    report(
      { ...field, node: map.placeOf(key) },
      'error',
      'missing-server',
      `The server has no ${key}.`,
      hint,
    );
  }
  return {
    host: readSecretText(map.get('host')),
    user: readSecretText(map.get('user')),
    password: readSecretText(map.get('password')),
    sshKey: readSecretText(map.get('ssh_key')),
  };
}
