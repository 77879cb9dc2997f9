import type { SecretDocument } from './config.ts';
import type { Field, MapFields } from './field.ts';
import { openMap, report } from './field.ts';
import { SECRET_KEYS, SECRET_SOURCE_KEYS, SIGNATURE_KEYS } from './keys.ts';
import { isNull } from './tree.ts';
import { readText } from './values.ts';

/** A document of kind `secret` (pipeline.md 2.6): its encrypted text, or where a secret service keeps it. */
export function readSecret(field: Field): SecretDocument | undefined {
  const map = openMap(field, SECRET_KEYS);
  if (map === undefined) return undefined;
  const name = readText(map.get('name'));
  const data = readText(map.get('data'));
  const get = openGet(map);
  const path = readText(get?.get('path'));
  const item = readText(get?.get('name'));
  const key = readText(get?.get('key'));
  if (name === '') {
    const hint = 'Add the "name" that "from_secret" refers to.';
    report(field, 'warning', 'secret-without-name', 'The secret has no name, so nothing can use it.', hint);
  }
  if (data !== '') return { kind: 'inline', name, data };
  if (path !== '' || item !== '') return { kind: 'external', name, path, item, key };
  const hint = 'Add "data" with the encrypted value, or "get" with path and name.';
  report(field, 'warning', 'secret-without-value', 'The secret has no value and is ignored.', hint);
  return undefined;
}

function openGet(map: MapFields): MapFields | undefined {
  const field = map.get('get');
  return field === undefined || isNull(field.node) ? undefined : openMap(field, SECRET_SOURCE_KEYS);
}

/** A document of kind `signature`; whether it is right only the server can tell, which has the key. */
export function checkSignature(field: Field): void {
  const map = openMap(field, SIGNATURE_KEYS);
  const hmac = map?.get('hmac');
  if (map === undefined || /^[0-9a-f]{64}$/i.test(readText(hmac))) return;
  const at = { ...field, node: map.placeOf('hmac'), path: [...field.path, 'hmac'] };
  const hint = 'Sign the file again.';
  report(at, 'warning', 'bad-signature', 'The signature is not one, so the file counts as unsigned.', hint);
}
