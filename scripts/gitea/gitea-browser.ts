import type { GogsPerson } from '@sortie/testing/gogs-loop/gogs-under-test';

/** A person who keeps cookies, as a browser does, and follows no redirect by itself. */
export interface GiteaBrowser {
  /** Signs in at the server through Gitea. `wasAsked` when a consent was given; `cookie` is of the server. */
  signIn(server: string): Promise<{ readonly cookie: string; readonly wasAsked: boolean }>;
  /** The text of a page of Gitea. */
  read(path: string): Promise<string>;
  post(path: string, form?: Readonly<Record<string, string>>): Promise<string>;
}

interface Page {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

const MAX_HOPS = 12;

/** Opens the pages of the Gitea at `base`, which ends with a slash. */
export function openGiteaBrowser(base: string, { login, password }: GogsPerson): GiteaBrowser {
  const jars = new Map<string, Map<string, string>>();
  const cookiesOf = (url: string): string =>
    [...(jars.get(new URL(url).origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  const send = async (url: string, init: RequestInit = {}): Promise<Page> => {
    const answer = await fetch(url, { ...init, headers: { cookie: cookiesOf(url) }, redirect: 'manual' });
    keepCookies(jars, url, answer.headers.getSetCookie());
    const location = answer.headers.get('location') ?? undefined;
    const next = location === undefined ? undefined : new URL(location, url).href;
    return { status: answer.status, location: next, text: await answer.text() };
  };
  const submit = (path: string, form: Readonly<Record<string, string>>): Promise<Page> => {
    // Versions before 1.26 want it; the field has the value of the cookie.
    const csrf = jars.get(new URL(base).origin)?.get('_csrf');
    const fields = { ...form, ...(csrf === undefined ? {} : { _csrf: decodeURIComponent(csrf) }) };
    return send(new URL(path, base).href, { method: 'POST', body: new URLSearchParams(fields) });
  };
  const answerPage = async ({
    text,
  }: Page): Promise<{ readonly page: Page; readonly isConsent: boolean }> => {
    if (text.includes('id="user_name"'))
      return { page: await submit('user/login', { user_name: login, password }), isConsent: false };
    if (!text.includes('id="authorize-app"')) throw new Error(`a page that nobody expects: ${plain(text)}`);
    const form = { ...hiddenFields(text), granted: 'true' };
    return { page: await submit('login/oauth/grant', form), isConsent: true };
  };
  return {
    async signIn(server) {
      let wasAsked = false;
      let page = await send(`${server}/login/to/gitea`);
      for (let hop = 0; hop < MAX_HOPS; hop += 1) {
        if (page.location === `${server}/`) return { cookie: cookiesOf(server), wasAsked };
        if (page.location !== undefined) {
          page = await send(page.location);
          continue;
        }
        const answered = await answerPage(page);
        wasAsked ||= answered.isConsent;
        page = answered.page;
      }
      throw new Error(`${login} is sent in a circle`);
    },
    async read(path) {
      const page = await send(new URL(path, base).href);
      if (page.status !== 200) throw new Error(`${base}${path} answers ${page.status}`);
      return page.text;
    },
    async post(path, form = {}) {
      const page = await submit(path, form);
      if (page.status >= 400) throw new Error(`${base}${path} answers a form with ${page.status}`);
      return page.text;
    },
  };
}

function keepCookies(jars: Map<string, Map<string, string>>, url: string, lines: readonly string[]): void {
  const { origin } = new URL(url);
  const jar = jars.get(origin) ?? new Map<string, string>();
  jars.set(origin, jar);
  for (const line of lines) {
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    jar.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

function hiddenFields(text: string): Readonly<Record<string, string>> {
  const fields = [...text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  return Object.fromEntries(fields.map(([, name = '', value = '']) => [name, unescapeHtml(value)]));
}

function unescapeHtml(text: string): string {
  return text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&amp;', '&');
}

function plain(text: string): string {
  const words = text.replace(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  return words.trim().slice(-300);
}
