import type { TestContext } from 'node:test';
import { createServiceWorld, type ServiceWorldOptions } from '@sortie/testing/service-world';
import { findIdentityByUid } from '../store/identities.ts';
import { openBrowser } from './browser.fixture.ts';

/** What `ada` types. */
export const ADA = { username: 'ada', password: 'Pw-ada' };

/** A server with a Gogs that knows `ada`, and a browser at it. */
export async function openFormWorld(t: TestContext, options: ServiceWorldOptions = {}) {
  const logged: string[] = [];
  const note = (fields: object, message: string) => void logged.push(JSON.stringify([fields, message]));
  const world = await createServiceWorld({ app: { log: { error: note, debug: note } }, ...options });
  t.after(() => world.close());
  const ada = world.gogs.addUser('ada');
  const enter = (body: object = ADA) => openBrowser(world.app).post('/login', body);
  const identity = () => findIdentityByUid(world.db, world.service.connection.id, String(ada.id));
  const tokens = () => [...(world.gogs.state.users.get('ada')?.tokens ?? [])];
  return { ...world, ada, logged, enter, identity, tokens, browser: openBrowser(world.app) };
}
