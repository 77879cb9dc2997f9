import type { PlanKubernetes } from '@sortie/core/plan';
import type { KubernetesConfig, PipelineDocument } from './config.ts';

const LOOPBACK = '127.0.0.1';

/** What a `kubernetes` pipeline says about its pod, and the names of its services (pipeline.md 7.12). */
export function compilePod(pipeline: PipelineDocument, config: KubernetesConfig): PlanKubernetes {
  const { nameservers, searches, resolverOptions, ...rest } = config;
  const background = [...pipeline.services, ...pipeline.steps.filter(({ detach }) => detach)];
  const hostnames = background.map(({ name }) => name).filter(isHostName);
  const own = hostnames.length === 0 ? [] : [{ ip: LOOPBACK, hostnames }];
  return {
    ...rest,
    dns: { nameservers, searches, options: resolverOptions },
    hostAliases: [...own, ...config.hostAliases],
  };
}

/** A DNS-1123 subdomain; the cluster refuses a pod with any other name in its hosts file. */
function isHostName(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
}
