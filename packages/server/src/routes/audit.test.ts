import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHttpWorld, type HttpWorld } from '@sortie/testing/http-world';
import type { InjectOptions } from 'fastify';
import { createSignInLink } from '../auth/sessions.ts';
import { noteCommand } from '../services/note-command.ts';
import { listAuditEntries } from '../store/audit.ts';
import { auditSubject } from './audit-subject.ts';

type Headers = Readonly<Record<string, string>>;

async function open(t: { after(work: () => Promise<void>): void }) {
  const world = await createHttpWorld();
  t.after(() => world.close());
  const admin = await world.addUser({ login: 'root', isAdmin: true });
  const cookie = await world.cookie(admin);
  const ask = (method: InjectOptions['method'], url: string, payload?: object, as: Headers = cookie) =>
    world.app.inject({ method, url, payload, headers: as });
  return { world, admin, cookie, ask };
}

async function newest(world: HttpWorld) {
  const [entry] = await listAuditEntries(world.db, { limit: 1 });
  return entry;
}

test('[api GET /api/audit] says who did what, from where, and how it ended', async (t) => {
  const { world, admin, ask } = await open(t);
  const made = await ask('POST', '/api/user/tokens', { name: 'laptop' });
  const { id } = made.json();
  const entries = (await ask('GET', '/api/audit')).json();
  assert.deepEqual(entries, [
    {
      id: 1,
      created: world.now(),
      user_id: admin.id,
      login: 'root',
      token_id: 0,
      via: 'session',
      ip: '127.0.0.1',
      action: 'createToken',
      subject: 'tokens/laptop',
      status: 200,
      error_code: '',
      request_id: made.headers['x-request-id'] ?? entries[0].request_id,
    },
  ]);
  await ask('DELETE', `/api/user/tokens/${id}`);
  await ask('DELETE', `/api/user/tokens/${id}`);
  const [second, first] = (await ask('GET', '/api/audit?action=deleteToken')).json();
  assert.deepEqual([first.status, first.error_code, first.subject], [204, '', `tokens/${id}`]);
  assert.deepEqual([second.status, second.error_code], [404, 'not-found']);
  const page = (await ask('GET', `/api/audit?before=${first.id}&limit=1&login=root`)).json();
  assert.deepEqual(
    page.map((entry: { id: number }) => entry.id),
    [1],
  );
  assert.equal((await ask('GET', '/api/audit?before=x')).statusCode, 400);
});

test('what is refused to an account is written with the reason, what is refused to strangers is not', async (t) => {
  const { world, ask } = await open(t);
  const user = await world.addUser();
  const bearer = await world.bearer(user, ['builds:read']);
  await ask('POST', '/api/users', { login: 'evil', admin: true }, await world.cookie(user));
  const refusal = await newest(world);
  assert.deepEqual(
    [refusal?.login, refusal?.action, refusal?.status, refusal?.errorCode],
    ['octocat', 'createUser', 403, 'forbidden'],
  );
  await ask('POST', '/api/user/tokens', { name: 'x' }, bearer);
  const second = await newest(world);
  assert.deepEqual([second?.via, second?.errorCode, second?.status], ['token', 'token-scope', 403]);
  assert.equal(second?.tokenId, 1);
  await ask('POST', '/api/users', { login: 7 });
  assert.equal((await newest(world))?.errorCode, 'invalid-request');
  const before = (await newest(world))?.id;
  await ask('POST', '/api/users', { login: 'x' }, {});
  await ask('POST', '/api/users', { login: 'x' }, { authorization: 'Bearer wrong' });
  assert.equal((await newest(world))?.id, before);
});

test('reading is not written, and nobody but administrators reads the log', async (t) => {
  const { world, ask } = await open(t);
  await ask('GET', '/api/users');
  assert.equal(await newest(world), undefined);
  assert.equal(
    (await ask('GET', '/api/audit', undefined, await world.cookie(await world.addUser()))).statusCode,
    403,
  );
  assert.equal((await ask('GET', '/api/audit', undefined, {})).statusCode, 401);
});

test('signing in is written with the account', async (t) => {
  const { world, admin, ask } = await open(t);
  const { secret } = await createSignInLink(world, { userId: admin.id, timeoutMs: 60_000 });
  await ask('POST', '/login/link', { token: secret }, {});
  const entry = await newest(world);
  assert.deepEqual([entry?.action, entry?.login, entry?.status], ['signInWithLink', 'root', 200]);
  await ask('POST', '/login/link', { token: secret }, {});
  assert.equal((await newest(world))?.id, entry?.id);
});

test('an action whose line cannot be written is answered as a failure', async (t) => {
  const { world, ask } = await open(t);
  await world.db.schema.dropTable('audit').execute();
  const answer = await ask('POST', '/api/user/tokens', { name: 'x' });
  assert.equal(answer.statusCode, 500);
  const { token, error_code } = answer.json();
  assert.deepEqual([token, error_code], [undefined, 'internal']);
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
  assert.doesNotMatch(answer.body, /no such table|sortie_/);
  assert.deepEqual(world.failures, ['the audit log could not be written']);
});

test('a command on the machine of the server has no account', async (t) => {
  const { world } = await open(t);
  await noteCommand(world, { action: 'createSignInLink', subject: 'users/root' });
  const entry = await newest(world);
  assert.deepEqual([entry?.via, entry?.userId, entry?.subject], ['command-line', 0, 'users/root']);
});

test('a subject is made of path and names, never of values', () => {
  const place = { owner: 'octocat', name: 'hello' };
  const repo = '/api/repos/:owner/:name';
  const secret = { name: 'token', data: 'swordfish' };
  assert.equal(auditSubject(`${repo}/secrets`, place, secret), 'octocat/hello secrets/token');
  assert.equal(
    auditSubject(`${repo}/secrets/:secret`, { ...place, secret: 'a' }, { data: 'x' }),
    'octocat/hello secrets/a',
  );
  assert.equal(auditSubject(repo, place, undefined), 'octocat/hello');
  assert.equal(auditSubject('/api/secrets/:namespace', { namespace: 'octo' }, secret), 'octo secrets/token');
  assert.equal(
    auditSubject('/api/secrets/:namespace/:name', { namespace: 'octo', name: 'a' }, {}),
    'octo secrets/a',
  );
  assert.equal(auditSubject('/api/users', undefined, { login: 'robot', token: 'x' }), 'users/robot');
  assert.equal(
    auditSubject('/api/users/:user', { user: 'robot' }, { admin: true }),
    'users/robot admin=true',
  );
  assert.equal(auditSubject('/api/user/tokens/:token', { token: 7 }, { name: 'new' }), 'tokens/7 name=new');
  assert.equal(auditSubject('/api/bulk', {}, { repos: ['a/b', 'c/d'] }), 'repos=a/b,c/d');
  const many = Array.from({ length: 12 }, (_each, at) => `r/${at}`);
  assert.match(auditSubject('/api/bulk', {}, { repos: many }), /,\+2$/);
  assert.equal(auditSubject('/api/users', {}, { login: `a\n\u0000\ud800${'x'.repeat(999)}` }).length, 300);
  assert.doesNotMatch(auditSubject('/api/users', {}, { login: 'a\n\u0000\ud800' }), /[\p{Cc}\p{Cs}]/u);
  // What turns the direction of writing makes one name look like another.
  assert.equal(auditSubject('/api/users', {}, { login: 'a\u202eb\u2028' }), 'users/a?b?');
  assert.equal(
    auditSubject('/api/templates/:namespace/:name', { namespace: 'o', name: 'a' }, { name: 'b' }),
    'o templates/a name=b',
  );
  assert.equal(auditSubject('/api/users', {}, null), '');
  assert.equal(auditSubject('/api/users', {}, Buffer.from('bytes')), '');
});

test('a grant of rights is told from any other change of an account', async (t) => {
  const { world, ask } = await open(t);
  await world.addUser({ login: 'grace' });
  await ask('PATCH', '/api/users/grace', { admin: true });
  assert.equal((await newest(world))?.subject, 'users/grace admin=true');
});
