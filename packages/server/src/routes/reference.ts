import { getApiReference, getApiReferenceStyle, getLlmsText } from '@sortie/contract/reference';
import { ROUTES } from '@sortie/contract/routes';
import { type PageInput, renderApiPage } from '../reference/api-page.ts';
import { renderLlmsText } from '../reference/llms-text.ts';
import { REFERENCE_STYLE } from '../reference/style.ts';
import type { Mount } from './mount.ts';

/** No script, nothing from elsewhere, and no frame around it. */
const POLICY =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The reference page and its text for agents; the same for everybody, so they are made once. */
export function mountReferenceRoutes(
  mount: Mount,
  server: { readonly version: string; readonly publicUrl: string },
): void {
  const input: PageInput = { routes: ROUTES, ...server };
  let page: string | undefined;
  let text: string | undefined;

  mount(getApiReference, ({ reply }) => {
    page ??= renderApiPage(input);
    return reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(page);
  });

  mount(getApiReferenceStyle, ({ reply }) => reply.type('text/css; charset=utf-8').send(REFERENCE_STYLE));

  for (const path of [getLlmsText.path, '/docs/api/llms.txt']) {
    mount({ ...getLlmsText, path }, ({ reply }) => {
      text ??= renderLlmsText(input);
      return reply.type('text/plain; charset=utf-8').send(text);
    });
  }
}
