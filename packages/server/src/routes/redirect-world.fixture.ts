import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type DriverKind, openDriver } from '@sortie/scm/rest/test-drivers';
import { createHttpWorld } from '@sortie/testing/http-world';
import { gitServices } from '../connections/open-services.ts';
import { ensureConnection } from '../store/connections.ts';
import { type Db, openDatabase } from '../store/db.ts';
import { openBrowser } from './browser.fixture.ts';

interface Options {
  readonly env?: Readonly<Record<string, string>>;
  readonly redirectUrl?: string;
  /** A second service, connected as well. */
  readonly beside?: DriverKind;
}

/** A server with one service that signs in by redirect, and a browser at it. */
export async function openRedirectWorld(
  t: TestContext,
  kind: DriverKind,
  { env = {}, redirectUrl, beside }: Options = {},
) {
  const { driver, fake, close } = await openDriver(kind);
  const database = await openDatabase({ driver: 'sqlite', path: ':memory:' });
  const connection = await ensureConnection(database.db, { kind, name: kind, url: fake.url });
  const place = redirectUrl === undefined ? {} : { redirectUrl };
  const second = beside === undefined ? undefined : await openSecond(database.db, beside);
  const services = gitServices([
    { connection, driver, title: kind, skipsVerify: false, ...place },
    ...(second === undefined ? [] : [second.service]),
  ]);
  const world = await createHttpWorld({ database, env, app: { services } });
  t.after(async () => {
    await world.close();
    await close();
    await second?.close();
  });
  const browser = openBrowser(world.app);
  /** Goes to the service; returns its address and what a right answer to it brings back. */
  const begin = async (query = '', by = browser, path = `/login/to/${kind}`) => {
    const answer = await by.get(`${path}${query}`, { 'sec-fetch-site': 'same-origin' });
    assert.equal(answer.statusCode, 303, answer.body);
    const url = new URL(String(answer.headers.location));
    const state = url.searchParams.get('state') ?? '';
    const back =
      kind === 'stash' ? 'oauth_token=request-1&oauth_verifier=right' : `code=right&state=${state}`;
    return { url, state, back };
  };
  const place303 = (answer: { statusCode: number; headers: Record<string, unknown> }) => [
    answer.statusCode,
    answer.headers.location,
  ];
  const comeBack = async (back: string, by = browser, path = '/login') =>
    place303(await by.get(`${path}?${back}`));
  const tokenCalls = () =>
    fake.calls.filter(({ path }) => /access[_-]token$|oauth\/token$/.test(path)).length;
  return {
    ...world,
    fake,
    otherFake: second?.fake,
    connection,
    browser,
    begin,
    comeBack,
    tokenCalls,
    place303,
  };
}

async function openSecond(db: Db, kind: DriverKind) {
  const { driver, fake, close } = await openDriver(kind);
  const connection = await ensureConnection(db, { kind, name: kind, url: fake.url });
  return { service: { connection, driver, title: kind, skipsVerify: false }, fake, close };
}
