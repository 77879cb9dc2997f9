import type { Template } from '@sortie/core/template';
import { type Static, Type } from 'typebox';
import { defineRoute } from './route.ts';

/** A template on the wire (api-v1.md 2.10). */
export const WireTemplate = Type.Object(
  {
    id: Type.Integer(),
    name: Type.String(),
    namespace: Type.String(),
    data: Type.String(),
    created: Type.Integer({ description: 'Unix seconds' }),
    updated: Type.Integer({ description: 'Unix seconds' }),
  },
  { title: 'Template' },
);
export type WireTemplate = Static<typeof WireTemplate>;

const NamespaceParams = Type.Object({ namespace: Type.String() });
const TemplateParams = Type.Object({ namespace: Type.String(), name: Type.String() });

const NewTemplateBody = {
  name: Type.Optional(
    Type.String({
      description: 'Ends with `.yml`, `.yaml`, `.star`, `.starlark`, `.script` or `.jsonnet`',
    }),
  ),
  data: Type.Optional(Type.String()),
};

const reads = { scope: 'builds:read' } as const;
const writes = { scope: 'repos:admin', isAudited: true } as const;

export const listAllTemplates = defineRoute({
  ...reads,
  id: 'listAllTemplates',
  method: 'GET',
  path: '/api/templates',
  // Without a namespace only administrators are members: 401 for everybody else, as Drone does it.
  access: 'org:member',
  summary: 'The templates of all namespaces, for administrators',
  reply: Type.Array(WireTemplate),
});

export const listNamespaceTemplates = defineRoute({
  ...reads,
  id: 'listNamespaceTemplates',
  method: 'GET',
  path: '/api/templates/:namespace',
  access: 'org:member',
  params: NamespaceParams,
  summary: 'The templates of a namespace by name',
  reply: Type.Array(WireTemplate),
});

export const createTemplate = defineRoute({
  ...writes,
  id: 'createTemplate',
  method: 'POST',
  path: '/api/templates/:namespace',
  access: 'org:admin',
  params: NamespaceParams,
  summary: 'Makes a template',
  body: Type.Object(NewTemplateBody, { title: 'TemplateInput' }),
  reply: WireTemplate,
  errors: ['template-invalid', 'already-exists'],
});

export const createTemplateAnywhere = defineRoute({
  ...writes,
  id: 'createTemplateAnywhere',
  method: 'POST',
  path: '/api/templates',
  access: 'user',
  summary: 'The same with the namespace in the body; old command lines ask this way',
  body: Type.Object({ ...NewTemplateBody, namespace: Type.String({ minLength: 1 }) }),
  reply: WireTemplate,
  errors: ['template-invalid', 'already-exists', 'not-a-member'],
});

export const getTemplate = defineRoute({
  ...reads,
  id: 'getTemplate',
  method: 'GET',
  path: '/api/templates/:namespace/:name',
  access: 'org:member',
  params: TemplateParams,
  summary: 'One template with its text',
  reply: WireTemplate,
});

export const updateTemplate = defineRoute({
  ...writes,
  id: 'updateTemplate',
  method: 'PATCH',
  path: '/api/templates/:namespace/:name',
  access: 'org:admin',
  params: TemplateParams,
  summary: 'Changes the text of a template, or moves it to another namespace of the caller',
  body: Type.Object(
    {
      data: Type.Optional(Type.String()),
      namespace: Type.Optional(
        Type.String({ minLength: 1, description: 'Where it moves to; needs `org:admin` there' }),
      ),
    },
    { title: 'TemplatePatch' },
  ),
  reply: WireTemplate,
  errors: ['template-invalid', 'already-exists', 'not-a-member'],
});

export const putTemplate = defineRoute({
  ...updateTemplate,
  id: 'putTemplate',
  method: 'PUT',
  summary: 'The same as `updateTemplate`',
});

export const deleteTemplate = defineRoute({
  ...writes,
  id: 'deleteTemplate',
  method: 'DELETE',
  path: '/api/templates/:namespace/:name',
  access: 'org:admin',
  params: TemplateParams,
  summary: 'Removes a template',
});

export function toWireTemplate(template: Template): WireTemplate {
  const { id, name, namespace, data, created, updated } = template;
  return { id, name, namespace, data, created, updated };
}
