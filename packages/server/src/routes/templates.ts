import {
  createTemplateAnywhere,
  createTemplate as createTemplateRoute,
  deleteTemplate,
  getTemplate,
  listAllTemplates,
  listNamespaceTemplates,
  putTemplate,
  toWireTemplate,
  updateTemplate,
} from '@sortie/contract/templates';
import { type AccessSource, type AdmitDeps, admit } from '../auth/admit.ts';
import type { Caller } from '../auth/identify.ts';
import { changeTemplate, createTemplate, type SetTemplateDeps } from '../services/set-template.ts';
import { findTemplate, listTemplates, removeTemplate } from '../store/templates.ts';
import { givenBody } from './given-body.ts';
import { type Mount, notFound } from './mount.ts';

export function mountTemplateRoutes(
  mount: Mount,
  deps: SetTemplateDeps & { readonly access?: AccessSource },
): void {
  const { db } = deps;
  mount(listAllTemplates, async () => (await listTemplates(db)).map(toWireTemplate));

  mount(listNamespaceTemplates, async (call) => {
    const templates = await listTemplates(db, call.params.namespace);
    return templates.map(toWireTemplate);
  });

  mount(createTemplateRoute, async (call) => {
    const { name = '', data = '' } = givenBody(call);
    return toWireTemplate(await createTemplate(deps, { namespace: call.params.namespace, name, data }));
  });

  mount(createTemplateAnywhere, async (call) => {
    const { namespace, name = '', data = '' } = call.body;
    await requireNamespaceAdmin(deps, call.admission.caller, namespace);
    return toWireTemplate(await createTemplate(deps, { namespace, name, data }));
  });

  mount(getTemplate, async (call) => {
    const template = await findTemplate(db, call.params);
    if (template === undefined) throw notFound('template');
    return toWireTemplate(template);
  });

  for (const route of [updateTemplate, putTemplate]) {
    mount(route, async (call) => {
      const { data, namespace } = givenBody(call);
      if (namespace !== undefined) await requireNamespaceAdmin(deps, call.admission.caller, namespace);
      const template = await changeTemplate(deps, call.params, { data, namespace });
      if (template === undefined) throw notFound('template');
      return toWireTemplate(template);
    });
  }

  mount(deleteTemplate, async (call) => {
    if (!(await removeTemplate(db, call.params))) throw notFound('template');
    return undefined;
  });
}

/** What the access rule checks of the namespace in the address, for one in the body (api-v1.md, ledger 24). */
async function requireNamespaceAdmin(
  { db, access }: Pick<AdmitDeps, 'db' | 'access'>,
  caller: Caller,
  namespace: string,
): Promise<void> {
  const rule = { access: 'org:admin', scope: 'any' } as const;
  await admit({ db, access, isPrivate: false }, rule, caller, { slug: '', namespace });
}
