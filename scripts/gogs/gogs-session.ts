/** A browser at a Gogs: what its API cannot do. */
export interface GogsSession {
  /** The page, where somebody is signed in. */
  read(path: string): Promise<string>;
  /** Posts a form and returns where the answer leads. */
  post(path: string, form: Readonly<Record<string, string>>): Promise<string>;
}

/** Signs in: main line over its web API, older versions over the form with its CSRF field. */
export async function openGogsSession(base: string, login: string, password: string): Promise<GogsSession> {
  const cookies = new Map<string, string>();
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(init.headers as Record<string, string>), cookie };
    const answer = await fetch(base + path, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  };
  const read = async (path: string): Promise<string> => {
    const answer = await send(path);
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${base}${path} answers ${answer.status}`);
    return text;
  };
  const post = async (path: string, form: Readonly<Record<string, string>>, at = ''): Promise<string> => {
    // The field is of the session; main line has none.
    const [, csrf] = /name="_csrf" (?:content|value)="([^"]+)"/.exec(await read(at)) ?? [];
    const body = new URLSearchParams({ ...form, ...(csrf === undefined ? {} : { _csrf: csrf }) });
    const answer = await send(path, { method: 'POST', body });
    await answer.body?.cancel();
    if (answer.status >= 400) throw new Error(`${base}${path} answers a form with ${answer.status}`);
    return answer.headers.get('location') ?? '';
  };
  const body = JSON.stringify({ username: login, password, loginSource: 0 });
  const headers = { 'content-type': 'application/json' };
  const answer = await send('api/web/user/sign-in', { method: 'POST', body, headers });
  await answer.body?.cancel();
  if (answer.status === 401) throw new Error(`${base} does not sign ${login} in`);
  if (answer.status !== 200) {
    cookies.clear();
    const form = { user_name: login, password };
    const location = await post('user/login', form, 'user/login');
    if (location === '') throw new Error(`${base} does not sign ${login} in`);
  }
  return { read, post: (path, form) => post(path, form, 'user/settings/applications') };
}
