import type { AdmissionRules } from '../services/admission.ts';
import type { GitServices } from '../services/git-service.ts';
import { listWays, type SingleSignOn } from '../services/sign-in-ways.ts';
import { mountIdentityRoutes } from './identities.ts';
import type { Mount } from './mount.ts';
import { mountSignInRoutes, type SignInRouteDeps, type SignInSync, syncBehind } from './sign-in.ts';
import { createSignInDesk } from './sign-in-desk.ts';

export interface MountSignInDeps extends Omit<SignInRouteDeps, 'desk' | 'isOpen' | 'sync' | 'services'> {
  readonly server: SignInRouteDeps['server'] & { readonly publicUrl: string };
  readonly background: SignInSync['background'];
  readonly repoSync: Pick<SignInSync, 'start'>;
  readonly rules: AdmissionRules & { readonly createdLogin: string };
  readonly services?: GitServices;
  readonly singleSignOn?: SingleSignOn;
}

/** Everything about signing in with services; returns what the 0.5 API needs to do the same. */
export function mountSignIn(mount: Mount, deps: MountSignInDeps): SignInRouteDeps {
  const { services, rules, repoSync } = deps;
  const ways = listWays(services, deps.singleSignOn);
  const desk = createSignInDesk({
    ...deps,
    ways,
    rules: { ...rules, firstConnectionId: ways[0]?.connection.id ?? 0 },
  });
  const sync: SignInSync = {
    background: deps.background,
    isService: (connectionId) => services?.find(connectionId) !== undefined,
    start: (user) => repoSync.start(user),
  };
  const routes = { ...deps, desk, sync, services, isOpen: !rules.isClosed };
  mountSignInRoutes(mount, routes);
  mountIdentityRoutes(mount, { ...deps.auth, ways, syncAnew: (user) => syncBehind(sync, user) });
  return routes;
}
