import type { PlanServer } from '@sortie/core/plan';
import type { MapFields } from './field.ts';
import { openMap, report } from './field.ts';
import { SERVER_KEYS } from './keys.ts';
import { readSecretText } from './settings.ts';

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
  return {
    host: readSecretText(map.get('host')),
    user: readSecretText(map.get('user')),
    password: readSecretText(map.get('password')),
    sshKey: readSecretText(map.get('ssh_key')),
  };
}
