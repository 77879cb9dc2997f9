export interface GogsApi {
  /** The JSON of the answer; throws unless it is a success. */
  send<T>(method: string, path: string, body?: object): Promise<T>;
}

/** The API of a Gogs below `api/v1`, with an `Authorization` header. `base` ends with a slash. */
export function openGogsApi(base: string, authorization: string): GogsApi {
  return {
    async send<T>(method: string, path: string, body?: object) {
      const answer = await reach(base, `${base}api/v1/${path}`, {
        method,
        headers: { authorization, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok)
        throw new Error(`Gogs answers ${method} ${path} with ${answer.status} ${text.slice(0, 200)}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
  };
}

async function reach(base: string, url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new Error(`Gogs cannot be reached at ${base}. Check the address.`, { cause });
  }
}
