import type { Client } from '@sortie/sdk/client';
import { createContext, use } from 'react';

export interface Services {
  readonly client: Client;
  /** Path below which the server is; empty at the root of the host. */
  readonly prefix: string;
}

export const ServicesContext = createContext<Services | undefined>(undefined);

/** What `main.tsx` composed. Throws outside of it. */
export function useServices(): Services {
  const services = use(ServicesContext);
  if (services === undefined) throw new Error('useServices needs a ServicesContext');
  return services;
}
