import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The methods of drone-node's `Client`; each resolves to the body of the answer. */
export type NodeClient = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

interface DroneNode {
  readonly Client: new (options: { readonly url: string; readonly token: string }) => NodeClient;
}

const FOLDER = join(import.meta.dirname, 'node');

/** The unmodified drone-node, installed beside these tests at its first use. */
export function openNodeClient(server: { readonly url: string; readonly token: string }): NodeClient {
  if (!existsSync(join(FOLDER, 'node_modules', 'drone-node'))) {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: FOLDER,
      stdio: 'pipe',
    });
  }
  const { Client } = createRequire(join(FOLDER, 'package.json'))('drone-node') as DroneNode;
  return new Client({ url: server.url, token: server.token });
}

/** The names of all methods that the client has. */
export function methodsOf(client: NodeClient): readonly string[] {
  return Object.getOwnPropertyNames(Object.getPrototypeOf(client)).filter((name) => name !== 'constructor');
}
