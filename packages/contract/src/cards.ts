import { Type } from 'typebox';
import { StepParams } from './logs.ts';
import { defineRoute } from './route.ts';

const CARD = { path: '/api/repos/:owner/:name/cards/:build/:stage/:step', params: StepParams } as const;

export const getCard = defineRoute({
  ...CARD,
  id: 'getCard',
  method: 'GET',
  access: 'repo:read',
  scope: 'builds:read',
  summary: 'The data of the card that a step made; its schema is a member of the step',
  reply: Type.Unknown(),
  errors: ['step-not-begun'],
});

export const createCard = defineRoute({
  ...CARD,
  id: 'createCard',
  method: 'POST',
  access: 'repo:admin',
  scope: 'builds:write',
  summary: 'Stores the card of a step in place of the one before, and answers the id of the step',
  body: Type.Object({
    schema: Type.Optional(
      Type.String({
        maxLength: 2000,
        pattern: '^[^\\u0000-\\u001f\\u007f]*$',
        description: 'Address of the template that shows the data',
      }),
    ),
    data: Type.Unknown({ description: 'Any JSON but null' }),
  }),
  reply: Type.Integer({ description: 'Id of the step' }),
  errors: ['step-not-begun'],
  isAudited: true,
});

export const deleteCard = defineRoute({
  ...CARD,
  id: 'deleteCard',
  method: 'DELETE',
  access: 'repo:admin',
  scope: 'builds:write',
  summary: 'Removes the card of a step',
  errors: ['step-not-begun'],
  isAudited: true,
});
