import { defineRoute } from './route.ts';

/** The reference of this interface, for people and for programs that read. All of it works offline. */
export const getApiReference = defineRoute({
  id: 'getApiReference',
  method: 'GET',
  path: '/docs/api',
  access: 'open',
  summary: 'This reference as a page',
  produces: ['text/html'],
});

export const getApiReferenceStyle = defineRoute({
  id: 'getApiReferenceStyle',
  method: 'GET',
  path: '/docs/api/style.css',
  access: 'open',
  summary: 'How the reference page looks',
  produces: ['text/css'],
});

export const getLlmsText = defineRoute({
  id: 'getLlmsText',
  method: 'GET',
  path: '/llms.txt',
  access: 'open',
  summary: 'The interface in a few pages of text, for agents; also at `/docs/api/llms.txt`',
  produces: ['text/plain'],
});
