import type { Client } from '@sortie/sdk/client';
import type { BuildStreamEvent } from '@sortie/sdk/streams';

export interface SharedStreamInput {
  readonly client: Pick<Client, 'streamBuilds'>;
  /** Path of the server: several servers may share an origin. */
  readonly prefix: string;
  readonly signal: AbortSignal;
  readonly take: (event: BuildStreamEvent) => void;
}

const REOPEN_MS = 5_000;

/**
 * One connection for all tabs: HTTP/1.1 allows six to a server. The tab that holds the lock reads the stream and
 * tells the others; when it goes, the next one takes over. Without locks (plain http) each tab reads by itself.
 */
export async function shareStream({ client, prefix, signal, take }: SharedStreamInput): Promise<void> {
  const name = `sortie-builds${prefix}`;
  const isShared = 'locks' in navigator && 'BroadcastChannel' in window;
  const channel = isShared ? new BroadcastChannel(name) : undefined;
  channel?.addEventListener('message', (message: MessageEvent<BuildStreamEvent>) => take(message.data));
  signal.addEventListener('abort', () => channel?.close(), { once: true });
  const publish = (event: BuildStreamEvent) => {
    take(event);
    if (!signal.aborted) channel?.postMessage(event);
  };
  try {
    if (isShared) {
      await navigator.locks.request(name, { signal }, () => readForEver(client, signal, publish));
    } else {
      await readForEver(client, signal, publish);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function readForEver(
  client: Pick<Client, 'streamBuilds'>,
  signal: AbortSignal,
  publish: (event: BuildStreamEvent) => void,
): Promise<void> {
  let lastEventId = '';
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      for await (const event of client.streamBuilds({ signal, lastEventId })) {
        if (event.type === 'build') lastEventId = event.id;
        if (event.type === 'open') failures = 0;
        publish(event);
      }
      publish({ type: 'resync' });
    } catch (error) {
      if (signal.aborted) return;
      // The server refuses streams, for instance in private mode: pages ask by themselves meanwhile.
      console.warn('The stream of builds is not available.', error);
    }
    publish({ type: 'retry', failures: failures + 1, delayMs: REOPEN_MS });
    await new Promise((resolve) => setTimeout(resolve, REOPEN_MS));
  }
}
