import type { PlanToleration } from '@sortie/core/plan';
import type { KubernetesConfig } from './config.ts';
import type { Field, MapFields } from './field.ts';
import { openList, openMap, report } from './field.ts';
import {
  DNS_CONFIG_KEYS,
  DNS_OPTION_KEYS,
  HOST_ALIAS_KEYS,
  METADATA_KEYS,
  RESOURCES_KEYS,
  TOLERATION_KEYS,
} from './keys.ts';
import { readQuantities } from './read-step.ts';
import { isNull } from './tree.ts';
import { readCount, readText, readTextMap, readTexts } from './values.ts';

/** The keys of a pipeline that only `kubernetes` has (pipeline.md 2.1). */
export function readKubernetes(map: MapFields): KubernetesConfig {
  const metadata = open(map.get('metadata'), METADATA_KEYS);
  const dns = open(map.get('dns_config'), DNS_CONFIG_KEYS);
  return {
    namespace: readText(metadata?.get('namespace')),
    labels: readTextMap(metadata?.get('labels')),
    annotations: readTextMap(metadata?.get('annotations')),
    nodeName: readText(map.get('node_name')),
    nodeSelector: readTextMap(map.get('node_selector')),
    serviceAccountName: readText(map.get('service_account_name')),
    tolerations: readMaps(map.get('tolerations'), TOLERATION_KEYS).map(readToleration),
    nameservers: readTexts(dns?.get('nameservers')),
    searches: readTexts(dns?.get('searches')),
    resolverOptions: readMaps(dns?.get('options'), DNS_OPTION_KEYS).map((option) => ({
      name: readText(option.get('name')),
      value: readText(option.get('value')),
    })),
    hostAliases: readMaps(map.get('host_aliases'), HOST_ALIAS_KEYS)
      .map((alias) => ({ ip: readText(alias.get('ip')), hostnames: readTexts(alias.get('hostnames')) }))
      .filter(({ hostnames }) => hostnames.length > 0),
    requests: readRequests(map.get('resources')),
  };
}

/** A pod has requests; limits belong to its containers (pipeline.md 10.3). */
function readRequests(field: Field | undefined): KubernetesConfig['requests'] {
  const limits = open(field, RESOURCES_KEYS)?.get('limits');
  if (limits !== undefined && !isNull(limits.node)) {
    const hint = 'Move them into "resources" of the steps.';
    report(limits, 'error', 'pipeline-limits', 'A pipeline cannot have limits of its own.', hint);
  }
  return readQuantities(field, 'requests', true);
}

/** Drone knows `tolerationseconds` only, although everybody writes `toleration_seconds`. */
function readToleration(map: MapFields): PlanToleration {
  const spelt = map.get('tolerationseconds');
  const seconds = spelt ?? (map.field.scope.compatibility ? undefined : map.get('toleration_seconds'));
  return {
    key: readText(map.get('key')),
    operator: readText(map.get('operator')),
    effect: readText(map.get('effect')),
    value: readText(map.get('value')),
    ...(seconds === undefined || isNull(seconds.node) ? {} : { seconds: readCount(seconds) }),
  };
}

function open(field: Field | undefined, keys: Parameters<typeof openMap>[1]): MapFields | undefined {
  return field === undefined ? undefined : openMap(field, keys);
}

function readMaps(field: Field | undefined, keys: Parameters<typeof openMap>[1]): readonly MapFields[] {
  if (field === undefined) return [];
  const items = openList(field, 'a list of maps', false) ?? [];
  return items.map((item) => openMap(item, keys)).filter((map) => map !== undefined);
}
