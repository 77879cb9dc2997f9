import type { TestServer } from '@sortie/testing/http-world';

type Answer = Awaited<ReturnType<typeof ask>>;

/** A browser with its cookies. It follows nothing by itself. */
export interface Browser {
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** JSON, unless the payload is a text: then it is a form. */
  post(url: string, payload?: string | object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  delete(url: string): Promise<Answer>;
  readonly cookies: Map<string, string>;
  /** The `Set-Cookie` headers of the last answer. */
  readonly lastCookies: readonly string[];
}

/** Opens a browser at a server under test. */
export function openBrowser(app: TestServer): Browser {
  const cookies = new Map<string, string>();
  let lastCookies: readonly string[] = [];
  const send = async (input: Parameters<typeof ask>[1]): Promise<Answer> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const own: Record<string, string> = cookie === '' ? {} : { cookie };
    const answer = await ask(app, { ...input, headers: { ...own, ...input.headers } });
    lastCookies = [answer.headers['set-cookie'] ?? []].flat();
    for (const line of lastCookies) keep(cookies, line);
    return answer;
  };
  return {
    get: (url, headers = {}) => send({ method: 'GET', url, headers }),
    delete: (url) => send({ method: 'DELETE', url, headers: {} }),
    post: (url, payload = {}, headers = {}) => {
      const type: Record<string, string> =
        typeof payload === 'string' ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
      return send({ method: 'POST', url, headers: { ...type, ...headers }, payload });
    },
    cookies,
    get lastCookies() {
      return lastCookies;
    },
  };
}

interface Input {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload?: string | object;
}

function ask(app: TestServer, input: Input) {
  return app.inject(input);
}

function keep(cookies: Map<string, string>, line: string): void {
  const [pair = ''] = line.split(';');
  const at = pair.indexOf('=');
  if (/; Max-Age=0(;|$)/.test(line)) cookies.delete(pair.slice(0, at));
  else cookies.set(pair.slice(0, at), pair.slice(at + 1));
}
