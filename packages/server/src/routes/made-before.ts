import { ROUTES } from '@sortie/contract/routes';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Headers that the look at the existing thing is made with: whose request it is, and for which host. */
const PASSED_ON = ['authorization', 'cookie', 'host', 'origin', 'sec-fetch-site'] as const;
const FOUND = 200;
const TAKEN = 409;

/**
 * What an interrupted run of a request may have made already: when the run that took its key over is told that the
 * name is taken, the thing of that name is asked for through its own GET route, and is the answer when it was
 * created since the first run began (`since`, unix seconds). Then the status becomes 200 and the text is returned;
 * `undefined` leaves the answer as it is. Things whose JSON does not say when they were created stay refused.
 */
export async function findMadeBefore(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: { readonly payload: unknown; readonly since: number },
): Promise<string | undefined> {
  const name = nameOf(request);
  if (name === undefined || !isNameTaken(reply, answer.payload) || !hasReader(request)) return undefined;
  const path = request.url.split('?', 1)[0] ?? '';
  const found = await request.server.inject({
    method: 'GET',
    url: `${path.replace(/\/$/, '')}/${encodeURIComponent(name)}`,
    headers: Object.fromEntries(PASSED_ON.flatMap((name) => headerOf(request, name))),
    remoteAddress: request.ip,
  });
  if (found.statusCode !== FOUND) return undefined;
  const { created } = found.json<{ readonly created?: unknown }>();
  if (typeof created !== 'number' || created < answer.since) return undefined;
  reply.status(FOUND).header('content-type', 'application/json');
  return found.body;
}

function isNameTaken(reply: FastifyReply, payload: unknown): boolean {
  if (reply.statusCode !== TAKEN || typeof payload !== 'string') return false;
  return (JSON.parse(payload) as { readonly error_code?: unknown }).error_code === 'already-exists';
}

function headerOf(request: FastifyRequest, name: (typeof PASSED_ON)[number]): [string, string][] {
  const value = request.headers[name];
  return typeof value === 'string' ? [[name, value]] : [];
}

/** True when the route has a GET route for single things that answers in the same shape. */
function hasReader({ routeOptions }: FastifyRequest): boolean {
  const { url } = routeOptions;
  const made = ROUTES.find((route) => route.method === 'POST' && route.path === url)?.reply;
  if (made === undefined) return false;
  return ROUTES.some(({ method, path, reply }) => {
    const isBelow = path.startsWith(`${url}/:`) && !path.slice(`${url}/`.length).includes('/');
    return method === 'GET' && isBelow && reply === made;
  });
}

/** The name that the request gives to what it makes. */
function nameOf({ body, form }: FastifyRequest): string | undefined {
  const members = { ...form, ...(typeof body === 'object' ? body : {}) } as Readonly<Record<string, unknown>>;
  const name = members.name ?? members.login;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
