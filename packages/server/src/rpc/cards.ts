import { AppError } from '@sortie/core/errors';
import { putCardData } from '../store/cards.ts';
import { type RpcLogCall, type RpcLogDeps, writableStep } from './logs.ts';

/** Base64 of 2 MiB is the most that our own runner reads; official ones know no limit. */
const MAX_CARD_BYTES = 8 * 2 ** 20;

/**
 * The card of a step, in place of an earlier one. Its schema comes with the next report about the step, so the step
 * itself does not change here. A card for a step that is not the runner's is thrown away. Throws `invalid-request`.
 */
export async function takeCard(
  deps: Pick<RpcLogDeps, 'db' | 'now' | 'stepOf'>,
  call: RpcLogCall,
): Promise<void> {
  const data = readData(await readBody(call.body));
  if ((await writableStep(deps, call)) === undefined) return;
  await putCardData(deps.db, { stepId: call.stepId, data: JSON.stringify(data) });
}

async function readBody(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_CARD_BYTES) throw invalid(`The card is larger than ${MAX_CARD_BYTES} bytes.`);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (error) {
    throw invalid('The body is not UTF-8.', error);
  }
}

function readData(text: string): unknown {
  let card: unknown;
  try {
    card = JSON.parse(text);
  } catch (error) {
    throw invalid('The body is not JSON.', error);
  }
  if (typeof card !== 'object' || card === null || Array.isArray(card))
    throw invalid('The card is no object.');
  return Object.entries(card).find(([name]) => name.toLowerCase() === 'data')?.[1] ?? null;
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('invalid-request', message, {
    hint: 'Send {"schema": "address", "data": {…}}.',
    cause,
  });
}
