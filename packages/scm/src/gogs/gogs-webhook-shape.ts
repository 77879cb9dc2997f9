import { isRecord, member } from '../fields.ts';
import type { OpenedWebhook } from '../hook-event.ts';

interface Shape {
  readonly texts: readonly string[];
  readonly objects: readonly string[];
  /** Members that belong to other events. */
  readonly foreign: readonly string[];
}

const PUSH_ONLY = ['before', 'after', 'commits'];

const SHAPES: Readonly<Record<string, Shape>> = {
  push: { texts: ['ref', 'after'], objects: [], foreign: ['ref_type', 'pull_request', 'release', 'forkee'] },
  create: { texts: ['ref'], objects: [], foreign: [...PUSH_ONLY, 'pusher_type', 'pull_request', 'release'] },
  delete: {
    texts: ['ref', 'pusher_type'],
    objects: [],
    foreign: [...PUSH_ONLY, 'sha', 'pull_request', 'release'],
  },
  pull_request: { texts: ['action'], objects: ['pull_request'], foreign: ['ref', ...PUSH_ONLY, 'release'] },
  release: { texts: ['action'], objects: ['release'], foreign: ['ref', ...PUSH_ONLY, 'pull_request'] },
};

/**
 * Whether the body has the members of the claimed event. The event header is not signed, so whoever holds a signed
 * body could send it under another event.
 */
export function hasClaimedShape({ event, body }: OpenedWebhook): boolean {
  const shape = Object.hasOwn(SHAPES, event) ? SHAPES[event] : undefined;
  if (shape === undefined) return true;
  const hasTexts = shape.texts.every((key) => typeof member(body, key) === 'string');
  const hasObjects = shape.objects.every((key) => isRecord(member(body, key)));
  return hasTexts && hasObjects && !shape.foreign.some((key) => Object.hasOwn(body, key));
}
