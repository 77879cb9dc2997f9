import assert from 'node:assert/strict';
import type { GogsPerson } from './gogs-under-test.ts';

/** One person at the server under test. */
export interface LoopClient {
  readonly token: string;
  /** The status of the answer. */
  status(method: string, path: string, body?: object): Promise<number>;
  /** The JSON of the answer; fails with all of it when the server refuses. */
  call<T>(method: string, path: string, body?: object): Promise<T>;
}

/** Signs in through the form, as a browser does, and makes a token of the server. */
export async function openLoopClient(url: string, { login, password }: GogsPerson): Promise<LoopClient> {
  const form = new URLSearchParams({ username: login, password });
  const answer = await fetch(`${url}/login`, { method: 'POST', body: form, redirect: 'manual' });
  const cookies = answer.headers.getSetCookie().map((line) => line.split(';')[0]);
  const text = await answer.text();
  assert.equal(answer.status, 303, text);
  assert.equal(answer.headers.get('location'), '/', `${login} is not let in`);
  return openSessionClient(url, cookies.join('; '));
}

/** Makes a token of the server for whoever has this session. */
export async function openSessionClient(url: string, cookie: string): Promise<LoopClient> {
  const made = await fetch(`${url}/api/user/token`, {
    method: 'POST',
    headers: { cookie },
  });
  const { token } = (await made.json()) as { token: string };
  const send = (method: string, path: string, body?: object) =>
    fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    });
  return {
    token,
    async status(method, path, body) {
      const reply = await send(method, path, body);
      await reply.body?.cancel();
      return reply.status;
    },
    async call<T>(method: string, path: string, body?: object) {
      const reply = await send(method, path, body);
      const text = await reply.text();
      assert.ok(reply.ok, `${method} ${path} answers ${reply.status}: ${text}`);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
  };
}
