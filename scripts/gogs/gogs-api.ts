export interface GogsApi {
  /** The JSON of the answer; throws unless it is a success. */
  send<T>(method: string, path: string, body?: object): Promise<T>;
}

/** The API of a Gogs or Gitea below `api/v1`, with an `Authorization` header. `base` ends with a slash. */
export function openGogsApi(base: string, authorization: string, title = 'Gogs'): GogsApi {
  return {
    async send<T>(method: string, path: string, body?: object) {
      const answer = await reach(title, `${base}api/v1/${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok)
        throw new Error(`${title} answers ${method} ${path} with ${answer.status} ${text.slice(0, 200)}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
  };
}

async function reach(title: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new Error(`${title} cannot be reached at ${url}. Check the address.`, { cause });
  }
}
